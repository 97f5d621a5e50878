import type { Logger } from 'pino';
import type { QueuedRun, QueueStore } from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';

const PAGE = 500;
const MAX_BACKOFF_MS = 30_000;

export interface QueueRebuilderDeps {
  readonly store: Pick<QueueStore, 'queued'>;
  /** Adds runs; rejects when Redis did not take them. */
  readonly fill: (runs: readonly QueuedRun[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Brings Redis in step with the database: adds every queued run under its own id. Runs that wait in Redis already are
 * left alone; one that has been leased meanwhile is found out when it is taken.
 */
export class QueueRebuilder {
  readonly #deps: QueueRebuilderDeps;
  readonly #retry: ArmedTimer;
  #running: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  #closed = false;

  constructor(deps: QueueRebuilderDeps) {
    this.#deps = deps;
    this.#retry = new ArmedTimer(deps.clock, () => this.request());
  }

  /** Rebuilds soon; calls during a rebuild lead to one more. Tries again, ever more slowly, while it fails. */
  request(): void {
    if (this.#closed) return;
    if (this.#running) this.#again = true;
    else this.#running = this.#run();
  }

  /** Stops; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      const count = await this.#fillAll();
      this.#failures = 0;
      this.#deps.log.info({ runs: count }, 'queue rebuilt from the database');
    } catch (error) {
      this.#failed(error);
    }
    this.#running = undefined;
    if (!this.#again) return;
    this.#again = false;
    this.request();
  }

  async #fillAll(): Promise<number> {
    let count = 0;
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<QueueStore['queued']>> = await this.#deps.store.queued(
        cursor === null ? { limit: PAGE } : { limit: PAGE, cursor },
      );
      await this.#deps.fill(page.items);
      count += page.items.length;
      cursor = this.#closed ? null : page.nextCursor;
    } while (cursor !== null);
    return count;
  }

  #failed(error: unknown): void {
    this.#failures++;
    const delayMs = Math.min(250 * 2 ** this.#failures, MAX_BACKOFF_MS);
    this.#deps.log.warn({ err: error, retryInMs: delayMs }, 'queue not rebuilt');
    this.#retry.armBy(this.#deps.clock.now() + delayMs);
  }
}
