import type { SessionClock, Timer } from './session-types.js';

/** A timer that fires this much late tells of a busy machine: what the board sent meanwhile is read first. */
const LATE_US = 20_000;
const GRACE_MS = 50;

/**
 * The budget in ms that `__timeout_set` (the whole) or `__timeout_adjust` (so much more or less) asks for, in seconds;
 * undefined when the value is no number.
 */
export function budgetAsked(key: string, value: string, nowMs: number): number | undefined {
  const seconds = /^-?\d{1,9}$/.test(value.trim()) ? Number(value) : Number.NaN;
  if (key === '__timeout_adjust') return Number.isNaN(seconds) ? undefined : nowMs + seconds * 1000;
  return seconds >= 0 ? seconds * 1000 : undefined;
}

/** The time that the firmware has; a new budget replaces the old one. */
export class Budget {
  #timer: Timer | undefined;
  #ms = 0;
  #beganUs = 0;

  constructor(
    private readonly clock: SessionClock,
    private readonly onSpent: () => void,
  ) {}

  /** The budget in force, in ms. */
  get ms(): number {
    return this.#ms;
  }

  /** What is left of it, in ms. */
  get leftMs(): number {
    return Math.max(0, this.#ms - (this.clock.nowUs() - this.#beganUs) / 1000);
  }

  /** Counts `ms` from now. */
  set(ms: number): void {
    this.#beganUs = this.clock.nowUs();
    this.#ms = ms;
    this.#arm(ms);
  }

  #arm(ms: number): void {
    this.cancel();
    const dueUs = this.clock.nowUs() + ms * 1000;
    this.#timer = this.clock.setTimer(ms, () => this.#fired(dueUs));
  }

  /** Counts `ms` from where the budget in force began. */
  change(ms: number): void {
    this.#ms = ms;
    this.#arm(this.leftMs);
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
