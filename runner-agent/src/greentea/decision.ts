import type { CaseTally } from './case-tracker.js';
import { type Claim, failureText, type Leftover, leftover, settle, settleExit } from './outcome.js';
import type { SessionClock, SessionEnd, Timer } from './session-types.js';

/** How long the firmware may take to end its running case after the host test's verdict. */
const SETTLE_MS = 500;

/**
 * Brings together who may decide a test: the host test by its verdict, the firmware by `end` and `__exit`. The
 * host test leads; the firmware's cases and its `failure` can only make a pass worse.
 */
export class Decision {
  #claim: Claim | undefined;
  #firmwareEnd: string | undefined;
  #hasExited = false;
  #isDecided = false;
  #timer: Timer | undefined;

  /**
   * @param firmwareDecides The host test only repeats what the firmware says in `end`.
   * @param onDecided Called once.
   */
  constructor(
    private readonly clock: SessionClock,
    private readonly tally: () => CaseTally,
    private readonly firmwareDecides: boolean,
    private readonly onDecided: (end: SessionEnd, open: Leftover) => void,
  ) {}

  /** The host test has given its verdict; the firmware may still end its case. */
  get isClaimed(): boolean {
    return this.#claim !== undefined;
  }

  /** The firmware ended with something else than success. */
  get firmwareFailed(): boolean {
    return this.#firmwareEnd !== undefined && this.#firmwareEnd !== 'success';
  }

  /** The host test's verdict; only the first counts. */
  claim(claim: Claim): void {
    if (this.#claim) return;
    this.#claim = claim;
    const { running, unstarted } = this.tally();
    if (this.#isOver() || (!running && unstarted.length === 0)) this.conclude();
    else this.#timer = this.clock.setTimer(SETTLE_MS, () => this.conclude());
  }

  /** The firmware sent `end`; the host test sees it after. */
  firmwareEnds(value: string): void {
    this.#firmwareEnd ??= value;
  }

  /** The firmware sent `__exit`. The host test may still be working on what came before. */
  firmwareExits(): void {
    this.#hasExited = true;
  }

  /** The host test has handled all messages so far. */
  hostTestIsIdle(): void {
    if (this.#hasExited || (this.#claim && this.#isOver())) this.conclude();
  }

  /** Decides with what is known now. */
  conclude(): void {
    if (this.#isDecided) return;
    this.cancel();
    const tally = this.tally();
    const end = this.#decide(tally);
    this.onDecided(end, leftover(end, this.#claim, tally));
  }

  /** Decides nothing any more. */
  cancel(): void {
    this.#isDecided = true;
    this.#timer?.cancel();
  }

  #isOver(): boolean {
    return this.#hasExited || this.#firmwareEnd !== undefined;
  }

  #decide(tally: CaseTally): SessionEnd {
    if (this.#claim?.verdict !== 'fail' && this.firmwareFailed) {
      const message =
        failureText(tally) ??
        `the firmware ended with ${JSON.stringify(this.#firmwareEnd?.slice(0, 80))}`;
      return settle({ verdict: 'fail', message }, tally, true);
    }
    return this.#claim
      ? settle(this.#claim, tally, this.#isOver())
      : settleExit(tally, this.firmwareDecides);
  }
}
