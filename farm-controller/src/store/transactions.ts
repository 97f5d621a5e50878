import { setTimeout as delay } from 'node:timers/promises';
import { FarmError } from '@greenrack/farm-protocol';
import type { SqlDialect } from './dialect.js';
import type { Queries, Tx } from './store-database.js';

/** `urgent` is what a person waits for; the rest is what boards do by themselves, hundreds at a time. */
export type Urgency = 'urgent';

/** Runs work in transactions; each promise resolves after its commit. */
export interface Transactions {
  /** @param urgency - matters where transactions wait for each other */
  run<T>(work: (tx: Tx) => Promise<T>, urgency?: Urgency): Promise<T>;
}

/** Attempts at one transaction that loses against others. */
const MAX_TRIES = 8;

/** One transaction for each work, several at a time; losers of a collision run again. */
export class ConcurrentTransactions implements Transactions {
  readonly #queries: Queries;
  readonly #dialect: SqlDialect;

  constructor(queries: Queries, dialect: SqlDialect) {
    this.#queries = queries;
    this.#dialect = dialect;
  }

  async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#queries.transaction().execute(work);
      } catch (error) {
        if (!this.#dialect.isConflict(error)) throw error;
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
