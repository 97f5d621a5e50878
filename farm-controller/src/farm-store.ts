import { sql } from 'kysely';
import { SqlSeriesStore } from './analyse/series-store.js';
import { SqlTokenStore } from './auth/token-store.js';
import { SqlDutyStore } from './duties/duty-store.js';
import { SqlHealthStore } from './health/health-store.js';
import { SqlAgentStore } from './lease/agent-store.js';
import { SqlTestStore } from './query/test-store.js';
import { SqlQueueStore } from './queue/queue-store.js';
import { SqlAttemptStore } from './results/attempt-store.js';
import { SqlBoardStore } from './store/board-store.js';
import { SqlImageStore } from './store/image-store.js';
import { openMigrated, type StoreOptions } from './store/open-database.js';
import type { FarmCounts, Store } from './store/ports.js';
import { SqlRunStore } from './store/run-store.js';
import { QUEUED, RUNNING } from './store/state-literals.js';
import type { StoreDatabase } from './store/store-database.js';
import { SqlSubmissionStore } from './store/submission-store.js';
import { SqlTenantStore } from './store/tenant-store.js';
import { verdictTotals } from './store/verdict-totals.js';
import { SqlStreamStore } from './streams/stream-store.js';

/**
 * Opens the farm's database, brings its tables up to date, and joins what the stages keep in it.
 * @throws FarmError `invalid_configuration` for a URL of another kind or a database of a newer controller, `unavailable`
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  return storeOver(await openMigrated(options));
}

/** The stores over one open database. */
export function storeOver(db: StoreDatabase): Store {
  return {
    submissions: new SqlSubmissionStore(db),
    runs: new SqlRunStore(db),
    queue: new SqlQueueStore(db),
    attempts: new SqlAttemptStore(db),
    boards: new SqlBoardStore(db),
    health: new SqlHealthStore(db),
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
