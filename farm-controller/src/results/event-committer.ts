import { isRetryable } from '@greenrack/farm-protocol';
import type {
  AppendResult,
  AttemptStore,
  FollowUp,
  ReportedBatch,
  SettlementPolicy,
} from '../store/ports.js';
import type { Clock } from '../timing/clock.js';

/** Most batches in one transaction: bounds how long the database is held. */
const MAX_BATCHES = 256;

export interface EventCommitterDeps {
  readonly attempts: Pick<AttemptStore, 'append'>;
  readonly clock: Clock;
  readonly policy: SettlementPolicy;
  /** Called once per transaction, after it has committed and before the batches' promises resolve. */
  readonly onCommitted: (
    results: readonly AppendResult[],
    batches: readonly ReportedBatch[],
    followUp: FollowUp,
  ) => void;
}

interface Waiting {
  readonly batch: ReportedBatch;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: batches of all agents that arrive in one turn of the event loop, or while a commit is in flight, share
 * the next transaction. The order of arrival is kept.
 */
export class EventCommitter {
  readonly #deps: EventCommitterDeps;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(deps: EventCommitterDeps) {
    this.#deps = deps;
  }

  /** Resolves when the batch has been committed, or refused. */
  submit(batch: ReportedBatch): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      if (this.#busy) return;
      this.#busy = true;
      setImmediate(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, MAX_BATCHES));
    this.#busy = false;
  }

  /**
   * A group that fails for what is in it is committed one by one, so that only the guilty batch is refused: the others
   * are of other agents. What was committed already is known by its numbers.
   */
  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#append(group);
    } catch (error) {
      if (group.length === 1 || isRetryable(error)) for (const { reject } of group) reject(error);
      else for (const one of group) await this.#commit([one]);
    }
  }

  async #append(group: readonly Waiting[]): Promise<void> {
    const { attempts, clock, policy, onCommitted } = this.#deps;
    const batches = group.map(({ batch }) => batch);
    const { results, followUp } = await attempts.append(batches, clock.now(), policy);
    onCommitted(results, batches, followUp);
    group.forEach(({ resolve, reject }, i) => {
      const result = results[i];
      if (result) resolve(result);
      else reject(new Error('the store answered fewer batches than it was given'));
    });
  }
}
