import { asciiOf } from '../session/bounded-text.js';
import type { SessionClock, Timer } from '../session/session-types.js';
import type { CaseTally } from './case-tracker.js';
import { type Claim, type FirmwareEnd, type Judgement, judge } from './verdict-rules.js';

/** How long the firmware may take to say the rest after the host test's verdict, or after its own `end`. */
const SETTLE_MS = 500;

/** What a decision needs to know beside the claims. */
export interface Evidence {
  tally(): CaseTally;
  /** The first evidence that messages were damaged. */
  damage(): string | undefined;
}

/**
 * Brings together who may decide a test: the host test by its verdict, the firmware by `end` and `__exit`. It waits
 * for all of them, as far as they come within a moment; the rules weigh what was said.
 */
export class Decision {
  #claim: Claim | undefined;
  readonly #ends: FirmwareEnd[] = [];
  #isOver = false;
  #hasExited = false;
  #isDecided = false;
  #timer: Timer | undefined;

  /**
   * @param firmwareDecides The host test only repeats what the firmware says in `end`.
   * @param onDecided Called once.
   */
  constructor(
    private readonly clock: SessionClock,
    private readonly evidence: Evidence,
    private readonly firmwareDecides: boolean,
    private readonly onDecided: (judgement: Judgement) => void,
  ) {}

  /** The host test has given its verdict; what else belongs to it may still come. */
  get isClaimed(): boolean {
    return this.#claim !== undefined;
  }

  /** The host test's verdict; only the first counts. */
  claim(claim: Claim): void {
    if (this.#claim) return;
    this.#claim = claim;
    const { running, unstarted } = this.evidence.tally();
    const isComplete = !this.#isOver && !running && unstarted.length === 0;
    if (this.#hasExited || isComplete) this.conclude();
    else this.#settle();
  }

  /** The firmware sent `end`; the host test sees it after. Answers the value, or undefined when it is unreadable. */
  firmwareEnds(value: string): FirmwareEnd | undefined {
    const said = asciiOf(value);
    this.#isOver = true;
    if (said === 'success' || said === 'failure') {
      this.#ends.push(said);
      return said;
    }
    if (this.firmwareDecides) this.#settle();
    return undefined;
  }

  /** The firmware sent `__exit`. The host test may still be working on what came before. */
  firmwareExits(): void {
    this.#isOver = true;
    this.#hasExited = true;
  }

  /** The host test has handled all messages so far. */
  hostTestIsIdle(): void {
    if (this.#hasExited) this.conclude();
  }

  /** Decides with what is known now. */
  conclude(): void {
    if (this.#isDecided) return;
    this.cancel();
    this.onDecided(
      judge({
        claim: this.#claim,
        firmwareDecides: this.firmwareDecides,
        ends: this.#ends,
        isOver: this.#isOver,
        tally: this.evidence.tally(),
        damage: this.evidence.damage(),
      }),
    );
  }

  /** Decides nothing any more. */
  cancel(): void {
    this.#isDecided = true;
    this.#timer?.cancel();
  }

  #settle(): void {
    this.#timer ??= this.clock.setTimer(SETTLE_MS, () => this.conclude());
  }
}
