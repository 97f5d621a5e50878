import { Budget, budgetAsked, type OwnTime } from '../session/budget.js';
import type { SessionOptions } from './session-options.js';

/** Who hears what the firmware asks for. */
export interface BudgetOwner {
  spent(): void;
  note(text: string): void;
  damaged(key: string, value: string): void;
}

/** The budgets of one run, all of them within what it may last at all. */
export class GreenteaBudget {
  #startedUs = 0;
  readonly #budget: Budget;

  constructor(
    private readonly options: SessionOptions,
    private readonly owner: BudgetOwner,
  ) {
    this.#budget = new Budget(options.clock, () => owner.spent(), ownTime(options));
  }

  /** The budget in force, in ms. */
  get ms(): number {
    return this.#budget.ms;
  }

  /** What is left of it, in ms. */
  get leftMs(): number {
    return this.#budget.leftMs;
  }

  /** What is left of the whole run, in ms. */
  get runLeftMs(): number {
    const sinceMs = (this.options.clock.nowUs() - this.#startedUs) / 1000;
    return Math.round(this.options.timing.runTimeoutMs - sinceMs);
  }

  /** The run begins with all of its time: the handshake has its own waits. */
  start(): void {
    this.#startedUs = this.options.clock.nowUs();
    this.#budget.set(this.options.timing.runTimeoutMs);
  }

  /** Counts `ms` from now. */
  set(ms: number): void {
    this.#budget.set(Math.max(1, Math.min(ms, this.runLeftMs)));
  }

  /** The firmware changes its budget: the whole of it, or by so many seconds. Counted from where it was. */
  message(key: string, value: string): boolean {
    if (key !== '__timeout_set' && key !== '__timeout_adjust') return false;
    const askedMs = budgetAsked(key, value, this.#budget.ms);
    if (askedMs === undefined) this.owner.damaged(key, value);
    else {
      this.#budget.change(Math.max(0, Math.min(askedMs, this.options.timing.runTimeoutMs)));
      this.owner.note(`${key};${value}: the budget is ${this.#budget.ms} ms in all`);
    }
    return true;
  }

  cancel(): void {
    this.#budget.cancel();
  }
}

/** Undefined for a board whose clock is not known to be its own. */
function ownTime({ behindMs, timing }: SessionOptions): OwnTime | undefined {
  return behindMs && { behindMs, limitMs: timing.runTimeoutMs };
}
