import { sql } from 'kysely';
import { SqlAgentStore } from './agent-store.js';
import { SqlAttemptStore } from './attempt-store.js';
import { SqlBoardStore } from './board-store.js';
import { SqlDutyStore } from './duty-store.js';
import { SqlImageStore } from './image-store.js';
import type { FarmCounts, Store } from './ports.js';
import { SqlRunStore } from './run-store.js';
import { SqlSeriesStore } from './series-store.js';
import { QUEUED, RUNNING } from './state-literals.js';
import type { StoreDatabase } from './store-database.js';
import { SqlStreamStore } from './stream-store.js';
import { SqlSubmissionStore } from './submission-store.js';
import { SqlTenantStore } from './tenant-store.js';
import { SqlTestStore } from './test-store.js';
import { SqlTokenStore } from './token-store.js';
import { verdictTotals } from './verdict-totals.js';

/** The stores over one open database. */
export function storeOver(db: StoreDatabase): Store {
  return {
    submissions: new SqlSubmissionStore(db),
    runs: new SqlRunStore(db),
    attempts: new SqlAttemptStore(db),
    boards: new SqlBoardStore(db),
    images: new SqlImageStore(db),
    agents: new SqlAgentStore(db),
    tokens: new SqlTokenStore(db),
    tenants: new SqlTenantStore(db),
    duties: new SqlDutyStore(db),
    database: db,
    tests: new SqlTestStore(db),
    series: new SqlSeriesStore(db),
    streams: new SqlStreamStore(db),
    counts: () => farmCounts(db),
    ping: async () => {
      await sql`select 1`.execute(db.queries);
    },
    close: () => db.queries.destroy(),
  };
}

async function farmCounts(db: StoreDatabase): Promise<FarmCounts> {
  return {
    queued: await countRuns(db, QUEUED),
    running: await countRuns(db, RUNNING),
    finishedByVerdict: await verdictTotals(db.queries),
  };
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
