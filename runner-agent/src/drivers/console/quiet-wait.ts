import { setTimeout as pause } from 'node:timers/promises';

export interface QuietLimits {
  /** What was under way has arrived when nothing has come for this long. */
  readonly quietMs: number;
  /** A program may print without end. */
  readonly atMostMs: number;
}

/** Waits for the end of what a port still held, where the port does not tell. */
export class QuietWait {
  readonly #limits: QuietLimits;
  #heardMs = 0;

  constructor(limits: QuietLimits) {
    this.#limits = limits;
  }

  /** Bytes have arrived. */
  heard(): void {
    this.#heardMs = performance.now();
  }

  /** Resolves after a silence that begins no earlier than now. */
  async settle(signal: AbortSignal): Promise<void> {
    const { quietMs, atMostMs } = this.#limits;
    const fromMs = performance.now();
    const untilMs = fromMs + atMostMs;
    for (let dueMs = fromMs + quietMs; dueMs > performance.now(); ) {
      await pause(dueMs - performance.now(), undefined, { signal });
      dueMs = Math.min(untilMs, Math.max(dueMs, this.#heardMs + quietMs));
    }
  }
}
