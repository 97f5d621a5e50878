import type { SessionClock, Timer } from './session-types.js';

/** Longest wait that Node's timers take; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's monotonic clock, counted from when it is made. */
export class SystemClock implements SessionClock {
  readonly #startNs: bigint;

  /** @param startNs `process.hrtime.bigint()` of the attempt's begin. */
  constructor(startNs: bigint = process.hrtime.bigint()) {
    this.#startNs = startNs;
  }

  nowUs(): number {
    return Number((process.hrtime.bigint() - this.#startNs) / 1000n);
  }

  setTimer(ms: number, fn: () => void): Timer {
    const timer = setTimeout(fn, Math.min(ms, MAX_TIMER_MS));
    return { cancel: () => clearTimeout(timer) };
  }
}
