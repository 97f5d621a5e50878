import type { Migration } from '../migration.js';
import { initial } from './0001-initial.js';
import { compareLog } from './0002-compare-log.js';
import { expectations } from './0003-expectations.js';
import { caseExpectations } from './0004-case-expectations.js';
import { boardTrouble } from './0005-board-trouble.js';
import { agentPresence } from './0006-agent-presence.js';
import { duties } from './0007-duties.js';
import { clock } from './0008-clock.js';
import { origin } from './0009-origin.js';
import { runTiming } from './0010-run-timing.js';
import { boardNames } from './0011-board-names.js';
import { rerunOf } from './0012-rerun-of.js';
import { verdictTotals } from './0013-verdict-totals.js';
import { idempotencyKeys } from './0014-idempotency-keys.js';
import { examineDuties } from './0015-examine-duties.js';
import { runSpec } from './0016-run-spec.js';
import { runColumns } from './0017-run-columns.js';
import { schedules } from './0018-schedules.js';
import { leasesOfAttempts } from './0019-leases-of-attempts.js';
import { tests, testsOfCases } from './0020-tests.js';
import { series } from './0022-series.js';
import { agentHostTests } from './0023-agent-host-tests.js';
import { github } from './0024-github.js';
import { attemptStreams } from './0025-attempt-streams.js';
import { retention } from './0026-retention.js';
import { uploads } from './0030-uploads.js';
import { quotas } from './0031-quotas.js';
import { oidc } from './0033-oidc.js';
import { githubWants } from './0035-github-wants.js';
import { githubCatchUp } from './0036-github-catch-up.js';
import { changes } from './0037-changes.js';
import { githubForks } from './0040-github-forks.js';
import { githubBases } from './0042-github-bases.js';
import { githubShares } from './0043-github-shares.js';
import { nights } from './0044-nights.js';
import { notices } from './0045-notices.js';
import { removalByKind } from './0049-removal-by-kind.js';
import { runsOfTheFarm } from './0050-runs-of-the-farm.js';
import { audit } from './0052-audit.js';

/** All migrations in order. Add at the end; never change one that has been released. */
export const MIGRATIONS: readonly Migration[] = [
  initial,
  compareLog,
  expectations,
  caseExpectations,
  boardTrouble,
  agentPresence,
  duties,
  clock,
  origin,
  runTiming,
  boardNames,
  rerunOf,
  verdictTotals,
  idempotencyKeys,
  examineDuties,
  runSpec,
  runColumns,
  schedules,
  leasesOfAttempts,
  tests,
  testsOfCases,
  series,
  agentHostTests,
  github,
  attemptStreams,
  retention,
  uploads,
  quotas,
  oidc,
  githubWants,
  githubCatchUp,
  changes,
  githubForks,
  githubBases,
  githubShares,
  nights,
  notices,
  removalByKind,
  runsOfTheFarm,
  audit,
];
