import type { Kysely, Transaction } from 'kysely';
import type { SqlDialect } from './dialect.js';
import type { FarmTables } from './schema.js';
import type { Transactions } from './transactions.js';

export type Tx = Transaction<FarmTables>;
/** Anything that queries may be asked of: the database itself or a transaction. */
export type Queries = Kysely<FarmTables>;

/** The open database with its dialect. */
export class StoreDatabase {
  readonly queries: Queries;
  readonly dialect: SqlDialect;
  readonly #transactions: Transactions;

  constructor(queries: Queries, dialect: SqlDialect, transactions: Transactions) {
    this.queries = queries;
    this.dialect = dialect;
    this.#transactions = transactions;
  }

  /**
   * Runs `work` in one transaction that has committed when this resolves. `work` may run several times: it must not
   * touch anything but the transaction.
   * @throws FarmError `unavailable`, `storage_full`
   */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#transactions.run(work);
  }
}
