import type { Logger } from 'pino';
import type { BoardNeed, FatePolicy, FollowUp, RunStore } from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';

const RETRY_MS = 1_000;

export interface QueueDeadlineDeps {
  readonly runs: Pick<RunStore, 'expireQueued' | 'nextQueueDeadlineMs'>;
  /** Reads the boards once and answers a function that says why a run with that need found none. */
  readonly explain: () => Promise<(need: BoardNeed) => string>;
  readonly policy: FatePolicy;
  readonly onExpired: (followUp: FollowUp) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Ends runs that waited longer than they may. One timer stands at the next deadline. */
export class QueueDeadline {
  readonly #deps: QueueDeadlineDeps;
  readonly #timer: ArmedTimer;
  #working: Promise<void> = Promise.resolve();

  constructor(deps: QueueDeadlineDeps) {
    this.#deps = deps;
    this.#timer = new ArmedTimer(deps.clock, () => {
      // After what is under way: `close` waits for the last in the chain.
      this.#working = this.#working.then(() => this.#expire());
    });
  }

  /** Call at start and whenever runs were added: they may be due before the others. */
  watch(): void {
    this.#working = this.#working.then(() => this.#arm());
  }

  async close(): Promise<void> {
    this.#timer.close();
    await this.#working;
  }

  async #expire(): Promise<void> {
    const { runs, explain, policy, onExpired, clock } = this.#deps;
    await this.#guarded(async () => {
      const followUp = await runs.expireQueued(clock.now(), { why: await explain(), policy });
      if (followUp.change.runs.length > 0) onExpired(followUp);
    });
    await this.#arm();
  }

  #arm(): Promise<void> {
    return this.#guarded(async () => {
      const next = await this.#deps.runs.nextQueueDeadlineMs();
      if (next !== undefined) this.#timer.armBy(next);
    });
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    const { clock, log } = this.#deps;
    try {
      await task();
    } catch (error) {
      log.error({ err: error, retryInMs: RETRY_MS }, 'queue deadlines not handled');
      this.#timer.armBy(clock.now() + RETRY_MS);
    }
  }
}
