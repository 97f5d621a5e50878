import { sql } from 'kysely';
import { SqlAgentStore } from './agent-store.js';
import { SqlAttemptStore } from './attempt-store.js';
import { SqlBoardStore } from './board-store.js';
import { SqlDutyStore } from './duty-store.js';
import { SqlImageStore } from './image-store.js';
import { SqlLeaseStore } from './lease-store.js';
import type { FarmCounts, Store } from './ports.js';
import { SqlRunStore } from './run-store.js';
import { CHECK, QUEUED, RUNNING } from './state-literals.js';
import type { StoreDatabase } from './store-database.js';
import { SqlSubmissionStore } from './submission-store.js';
import { SqlTokenStore } from './token-store.js';

/** The stores over one open database. */
export function storeOver(db: StoreDatabase): Store {
  return {
    submissions: new SqlSubmissionStore(db),
    runs: new SqlRunStore(db),
    leases: new SqlLeaseStore(db),
    attempts: new SqlAttemptStore(db),
    boards: new SqlBoardStore(db),
    images: new SqlImageStore(db),
    agents: new SqlAgentStore(db),
    tokens: new SqlTokenStore(db),
    duties: new SqlDutyStore(db),
    counts: () => farmCounts(db),
    ping: async () => {
      await sql`select 1`.execute(db.queries);
    },
    close: () => db.queries.destroy(),
  };
}

async function farmCounts(db: StoreDatabase): Promise<FarmCounts> {
  const verdicts = await db.queries
    .selectFrom('submission_verdicts')
    .select((eb) => ['verdict', eb.fn.sum<number>('n').as('n')])
    .where('submission_id', 'not in', healthChecks(db))
    .groupBy('verdict')
    .execute();
  return {
    queued: await countRuns(db, QUEUED),
    running: await countRuns(db, RUNNING),
    finishedByVerdict: new Map(verdicts.map((row) => [row.verdict, row.n])),
  };
}

/** Submissions of the farm itself: what they found says something of boards, and nothing of anybody's code. */
function healthChecks(db: StoreDatabase) {
  return db.queries.selectFrom('runs').select('submission_id').where('health_check', '=', CHECK);
}

async function countRuns(
  db: StoreDatabase,
  state: typeof QUEUED | typeof RUNNING,
): Promise<number> {
  const { n } = await db.queries
    .selectFrom('runs')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('state', '=', state)
    .executeTakeFirstOrThrow();
  return n;
}
