import { setTimeout as delay } from 'node:timers/promises';
import { FarmError } from '@greenrack/farm-protocol';
import type { Kysely, Transaction } from 'kysely';
import type { SqlDialect } from './dialect.js';
import type { FarmTables } from './schema.js';

export type Tx = Transaction<FarmTables>;
/** Anything that queries may be asked of: the database itself or a transaction. */
export type Queries = Kysely<FarmTables>;

/** Attempts at one transaction that loses against others. */
const MAX_TRIES = 8;

/** The open database with its dialect. */
export class StoreDatabase {
  readonly queries: Queries;
  readonly dialect: SqlDialect;

  constructor(queries: Queries, dialect: SqlDialect) {
    this.queries = queries;
    this.dialect = dialect;
  }

  /**
   * Runs `work` in one transaction that has committed when this resolves. `work` may run several times: it must not
   * touch anything but the transaction.
   * @throws FarmError `unavailable`, `storage_full`
   */
  async transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.queries.transaction().execute(work);
      } catch (error) {
        if (!this.dialect.isConflict(error)) throw error;
        if (tries === MAX_TRIES) throw conflictError(error);
        // A random pause, longer each time: two that collided must not collide again in step.
        await delay(Math.random() * 2 ** tries);
      }
    }
  }
}

function conflictError(cause: unknown): FarmError {
  const message = `the database gave up ${MAX_TRIES} times on a transaction that collided with others; try again`;
  return new FarmError('unavailable', message, { cause });
}
