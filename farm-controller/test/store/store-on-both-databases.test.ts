import { onBothDatabases } from '../support/test-databases.js';
import { attemptsContract } from './attempts.contract.js';
import { boardsContract } from './boards.contract.js';
import { dutiesContract } from './duties.contract.js';
import { gangsContract } from './gangs.contract.js';
import { healthContract } from './health.contract.js';
import { hostileTextsContract } from './hostile-texts.contract.js';
import { judgedCasesContract } from './judged-cases.contract.js';
import { leasesContract } from './leases.contract.js';
import { queueContract } from './queue.contract.js';
import { quotasContract } from './quotas.contract.js';
import { recoveryContract } from './recovery.contract.js';
import { submissionsContract } from './submissions.contract.js';
import { testsContract } from './tests.contract.js';
import { tokensContract } from './tokens.contract.js';

onBothDatabases({
  submissions: submissionsContract,
  queue: queueContract,
  leases: leasesContract,
  'runs of several boards': gangsContract,
  'boards that failed a run': recoveryContract,
  attempts: attemptsContract,
  'cases that are judged': judgedCasesContract,
  boards: boardsContract,
  health: healthContract,
  'hostile texts': hostileTextsContract,
  tokens: tokensContract,
  duties: dutiesContract,
  'tests and series': testsContract,
  quotas: quotasContract,
});
