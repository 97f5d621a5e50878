import type { Clock } from './clock.js';

/**
 * One timer for many deadlines: it stands at the earliest of them and asks again after it has fired. `fire` must be
 * ready to find nothing due: a deadline may have moved away, and very long delays are cut.
 */
export class ArmedTimer {
  readonly #clock: Clock;
  readonly #fire: (lateMs: number) => void;
  #atMs: number | undefined;
  #stop: () => void = () => {};
  #closed = false;

  /** @param fire - is told how long after the deadline it is; less than 0 when it is too early */
  constructor(clock: Clock, fire: (lateMs: number) => void) {
    this.#clock = clock;
    this.#fire = fire;
  }

  /** Fires at `atMs` at the latest: an earlier appointment stands. */
  armBy(atMs: number): void {
    if (this.#closed || (this.#atMs !== undefined && this.#atMs <= atMs)) return;
    this.#stop();
    this.#atMs = atMs;
    this.#stop = this.#clock.after(Math.max(0, atMs - this.#clock.now()), () => {
      this.#atMs = undefined;
      this.#fire(this.#clock.now() - atMs);
    });
  }

  /** Stops for good. */
  close(): void {
    this.#closed = true;
    this.#stop();
  }
}
