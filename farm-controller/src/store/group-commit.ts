import { sql } from 'kysely';
import type { Queries, Tx } from './store-database.js';
import type { Transactions, Urgency } from './transactions.js';

/** Works that share a commit at most, so that the first does not wait for ever longer groups. */
const MAX_GROUP = 64;

interface Job {
  /** Does the work; resolves whether or not it failed. */
  attempt(tx: Tx): Promise<Outcome>;
  /** The whole group was lost. */
  fail(error: unknown): void;
}
interface Outcome {
  readonly ok: boolean;
  /** Tells the caller; for a success only after the commit. */
  report(): void;
}

/**
 * Transactions for a database that writes one at a time. A commit waits for the disk, which costs more than all the
 * statements before it: what arrives in one turn of the event loop shares a commit. Each work has a savepoint, so one
 * that fails takes nothing of the others with it.
 */
export class GroupCommit implements Transactions {
  readonly #queries: Queries;
  readonly #urgent: Job[] = [];
  readonly #waiting: Job[] = [];
  #busy = false;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  run<T>(work: (tx: Tx) => Promise<T>, urgency?: Urgency): Promise<T> {
    const line = urgency === 'urgent' ? this.#urgent : this.#waiting;
    return new Promise((resolve, reject) => {
      line.push({
        attempt: async (tx) => {
          try {
            const value = await work(tx);
            return { ok: true, report: () => resolve(value) };
          } catch (error) {
            return { ok: false, report: () => reject(error) };
          }
        },
        fail: reject,
      });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#busy || this.#urgent.length + this.#waiting.length === 0) return;
    this.#busy = true;
    // Not at once: the other messages that this turn of the event loop brings join the group.
    setImmediate(() => {
      void this.#commit(this.#nextGroup()).then(() => {
        this.#busy = false;
        this.#schedule();
      });
    });
  }

  /** One urgent work goes before what waits, further ones only where there is room: neither keeps the other out. */
  #nextGroup(): Job[] {
    const group = [...this.#urgent.splice(0, 1), ...this.#waiting.splice(0, MAX_GROUP - 1)];
    return [...group, ...this.#urgent.splice(0, MAX_GROUP - group.length)];
  }

  async #commit(group: readonly Job[]): Promise<void> {
    try {
      const outcomes = await this.#queries.transaction().execute((tx) => attemptAll(tx, group));
      for (const outcome of outcomes) outcome.report();
    } catch (error) {
      for (const job of group) job.fail(error);
    }
  }
}

async function attemptAll(tx: Tx, group: readonly Job[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const job of group) outcomes.push(await attemptInSavepoint(tx, job));
  return outcomes;
}

/** When the disk is full the database has dropped everything: then `rollback to` fails, and with it the group. */
async function attemptInSavepoint(tx: Tx, job: Job): Promise<Outcome> {
  await sql`savepoint job`.execute(tx);
  const outcome = await job.attempt(tx);
  if (!outcome.ok) await sql`rollback to job`.execute(tx);
  await sql`release job`.execute(tx);
  return outcome;
}
