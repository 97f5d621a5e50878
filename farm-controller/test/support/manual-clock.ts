import type { Clock } from '../../src/timing/clock.js';

/** A clock that stands still until it is told to move. Starts at 1 000 000 000 000 ms. */
export class ManualClock implements Clock {
  #nowMs = 1_000_000_000_000;
  readonly #timers = new Set<{ atMs: number; fire: () => void }>();
  #looks: (() => void)[] = [];

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, fire };
    this.#timers.add(timer);
    for (const look of this.#looks) look();
    return () => this.#timers.delete(timer);
  }

  /** When the next timer fires; undefined when none is armed. */
  get nextMs(): number | undefined {
    const times = [...this.#timers].map(({ atMs }) => atMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Resolves when a timer is armed that fires within `ms`. */
  armedWithin(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    return new Promise((resolve) => {
      const look = (): void => {
        if ((this.nextMs ?? Number.POSITIVE_INFINITY) > untilMs) return;
        this.#looks = this.#looks.filter((each) => each !== look);
        resolve();
      };
      this.#looks.push(look);
      look();
    });
  }

  /** Moves on without firing anything: the process stood still, or someone set the clock. */
  leap(ms: number): void {
    this.#nowMs += ms;
  }

  /** Moves on, firing what falls due on the way in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0];
      if (!due || due.atMs > untilMs) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.fire();
    }
    this.#nowMs = untilMs;
  }
}
