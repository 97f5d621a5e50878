import type { Kysely, Transaction } from 'kysely';
import type { SqlDialect } from './dialect.js';
import { WROTE_DUTY } from './duty-writes.js';
import type { FarmTables } from './schema.js';
import type { Transactions, Urgency } from './transactions.js';

export type Tx = Transaction<FarmTables>;
/** Anything that queries may be asked of: the database itself or a transaction. */
export type Queries = Kysely<FarmTables>;

/** The open database with its dialect. */
export class StoreDatabase {
  readonly queries: Queries;
  readonly dialect: SqlDialect;
  readonly #transactions: Transactions;
  #dutyWritten: () => void = () => undefined;

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
  async transact<T>(work: (tx: Tx) => Promise<T>, urgency?: Urgency): Promise<T> {
    let wrote = false;
    const done = await this.#transactions.run(async (tx) => {
      const result = await work(tx);
      wrote = WROTE_DUTY.has(tx);
      return result;
    }, urgency);
    if (wrote) this.#dutyWritten();
    return done;
  }

  /** Has `listener` told after each transaction that wrote a duty. */
  onDutyWritten(listener: () => void): void {
    this.#dutyWritten = listener;
  }
}
