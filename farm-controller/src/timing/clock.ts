/** Wall clock and one-shot timers; injected so that deadlines can be tested without waiting for them. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `fire` once after `delayMs`; returns the way to call it off. */
  after(delayMs: number, fire: () => void): () => void;
}

/** Node's timers wrap around beyond this delay and would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** The real clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, Math.min(Math.max(0, delayMs), MAX_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
