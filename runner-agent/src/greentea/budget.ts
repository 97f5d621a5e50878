import type { SessionClock, Timer } from './session-types.js';

/** A timer that fires this much late tells of a busy machine: what the board sent meanwhile is read first. */
const LATE_US = 20_000;
const GRACE_MS = 50;

/** The time that the firmware has; a new budget replaces the old one. */
export class Budget {
  #timer: Timer | undefined;
  #ms = 0;

  constructor(
    private readonly clock: SessionClock,
    private readonly onSpent: () => void,
  ) {}

  /** The budget in force, in ms. */
  get ms(): number {
    return this.#ms;
  }

  /** Counts `ms` from now. */
  set(ms: number): void {
    this.cancel();
    this.#ms = ms;
    const dueUs = this.clock.nowUs() + ms * 1000;
    this.#timer = this.clock.setTimer(ms, () => this.#fired(dueUs));
  }

  cancel(): void {
    this.#timer?.cancel();
  }

  #fired(dueUs: number): void {
    const isLate = this.clock.nowUs() - dueUs >= LATE_US;
    if (isLate) this.#timer = this.clock.setTimer(GRACE_MS, this.onSpent);
    else this.onSpent();
  }
}
