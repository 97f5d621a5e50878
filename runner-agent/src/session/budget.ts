import type { SessionClock, Timer } from './session-types.js';

/** A timer that fires this much late tells of a busy machine: what the board sent meanwhile is read first. */
const LATE_US = 20_000;
const GRACE_MS = 50;
/** A board whose clock is less than this behind has had its time, in ms. */
const LEAST_LAG_MS = 100;

/**
 * The budget in ms that `__timeout_set` (the whole) or `__timeout_adjust` (so much more or less) asks for, in seconds;
 * undefined when the value is no number.
 */
export function budgetAsked(key: string, value: string, nowMs: number): number | undefined {
  const seconds = /^-?\d{1,9}$/.test(value.trim()) ? Number(value) : Number.NaN;
  if (key === '__timeout_adjust') return Number.isNaN(seconds) ? undefined : nowMs + seconds * 1000;
  return seconds >= 0 ? seconds * 1000 : undefined;
}

/** A board with a clock of its own, which a busy machine leaves behind. */
export interface OwnTime {
  /** By how many ms its clock is behind; undefined when it is not, or not known. Never rejects. */
  behindMs(): Promise<number | undefined>;
  /** What all budgets together may last, in ms of ours. */
  readonly limitMs: number;
}

/**
 * The time that the firmware has; a new budget replaces the old one. It is the firmware's own time: what its clock was held
 * back by is added.
 */
export class Budget {
  #timer: Timer | undefined;
  #ms = 0;
  #beganUs = 0;
  #grantedMs = 0;
  #endUs: number | undefined;

  constructor(
    private readonly clock: SessionClock,
    private readonly onSpent: () => void,
    private readonly own?: OwnTime,
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
    this.#endUs ??= this.#beganUs + (this.own?.limitMs ?? 0) * 1000;
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
    this.#timer = undefined;
  }

  #fired(dueUs: number): void {
    const isLate = this.clock.nowUs() - dueUs >= LATE_US;
    if (isLate) this.#timer = this.clock.setTimer(GRACE_MS, () => this.#over());
    else this.#over();
  }

  #over(): void {
    if (!this.own) {
      this.onSpent();
      return;
    }
    const armed = this.#timer;
    void this.own.behindMs().then((behindMs = 0) => {
      // Set anew or called off meanwhile.
      if (armed === this.#timer) this.#weigh(behindMs);
    });
  }

  #weigh(behindMs: number): void {
    const leftMs = ((this.#endUs ?? 0) - this.clock.nowUs()) / 1000;
    const lagMs = Math.min(behindMs - this.#grantedMs, leftMs);
    if (lagMs < LEAST_LAG_MS) {
      this.onSpent();
      return;
    }
    this.#grantedMs += lagMs;
    this.#arm(lagMs);
  }
}
