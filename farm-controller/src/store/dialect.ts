import { type SelectQueryBuilder, sql } from 'kysely';
import { causeCode } from './database-errors.js';
import type { Tx } from './store-database.js';

/** Everything in which the two databases differ once a connection is open. */
export interface SqlDialect {
  readonly name: 'sqlite' | 'postgres';
  /** Values that one statement may carry. */
  readonly maxParameters: number;
  /** Locks the selected rows until the transaction ends. */
  lockRows<DB, TB extends keyof DB, O>(
    query: SelectQueryBuilder<DB, TB, O>,
  ): SelectQueryBuilder<DB, TB, O>;
  /** Keeps other controllers out while the tables change; let go when the transaction ends. */
  lockForMigration(tx: Tx): Promise<void>;
  /** The transaction lost against another: the same one may succeed when it is run again. */
  isConflict(error: unknown): boolean;
  /** A unique key has that value already. */
  isDuplicate(error: unknown): boolean;
}

/** Transactions begin with the write lock on the whole file (see sqlite-driver.ts): no row locks, no conflicts. */
export const sqliteDialect: SqlDialect = {
  name: 'sqlite',
  // It takes 32,766; nobody has a turn while a statement is made and executed.
  maxParameters: 4_000,
  lockRows: (query) => query,
  lockForMigration: () => Promise.resolve(),
  isConflict: () => false,
  isDuplicate: (error) =>
    ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(causeCode(error)),
};

/** Any number that no other program on the same database takes for its own lock: "GRNRACK" in ASCII. */
const MIGRATION_LOCK = '20075219687392075';

/** READ COMMITTED with row locks and conditional updates. */
export const postgresDialect: SqlDialect = {
  name: 'postgres',
  maxParameters: 60_000,
  lockRows: (query) => query.forNoKeyUpdate(),
  lockForMigration: async (tx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)}::bigint)`.execute(tx);
  },
  // serialization_failure and deadlock_detected
  isConflict: (error) => ['40001', '40P01'].includes(causeCode(error)),
  isDuplicate: (error) => causeCode(error) === '23505',
};
