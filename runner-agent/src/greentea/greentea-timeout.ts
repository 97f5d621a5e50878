import type { EndReason } from '@greenrack/farm-protocol';
import type { Timer } from '../session/session-types.js';
import { COVERAGE_KEY } from './coverage-watch.js';
import type { GreenteaParts } from './greentea-parts.js';
import { encodeSync } from './outgoing-message.js';

/** What a host test may take for its verdict when the firmware's time is over. */
const LAST_SAY_MS = 2000;
/** Firmware at its start answers within some ten milliseconds. */
const START_PROBE_MS = 500;

/** How a run may end whose time is over. */
export interface TimeoutOwner {
  rebooted(): void;
  hangs(reason: EndReason, message: string): void;
  /** The farm's part failed. */
  failed(reason: EndReason, message: string): void;
}

/** What becomes of a run whose firmware did not end it in time, or never answered. */
export class GreenteaTimeout {
  #lastSay: Timer | undefined;

  constructor(
    private readonly parts: GreenteaParts,
    private readonly owner: TimeoutOwner,
  ) {}

  /** Waits for nothing any more. */
  cancel(): void {
    this.#lastSay?.cancel();
  }

  /** The budget in force is spent. */
  spent(): void {
    const { stage, side, seat, handshake, budget } = this.parts;
    if (stage === 'ended') return;
    if (side.crash.endsRun) side.crash.finish();
    else if (seat?.isClaimed) seat.conclude();
    else if (handshake.isResetting || seat?.isResetting)
      this.owner.failed(
        'boardStartFailed',
        `the board did not come back from a reset within ${budget.ms} ms`,
      );
    else if (stage === 'syncing') this.syncFailed(handshake.describe());
    else if (!this.#isDumping()) this.#askHostTest();
  }

  /**
   * Silence of a board in this machine is the firmware's. On a desk the console may be dead as well: then other boards
   * and other images are asked, by the controller.
   */
  syncFailed(why: string): void {
    if (this.parts.restarts.isBootLoop) {
      this.owner.rebooted();
      return;
    }
    const seen = this.parts.lastWords.unanswered(why);
    if (this.parts.options.isWired)
      this.owner.failed(
        'syncFailed',
        `${seen}; check the board's wiring and that the image is for it`,
      );
    else this.owner.hangs('syncFailed', seen);
  }

  /** Some firmware never ends by itself: its host test judges by what it has seen when the time is over. */
  #askHostTest(): void {
    const { seat, stage, options } = this.parts;
    if (!seat || stage !== 'main' || seat.isLate) {
      this.#timedOut();
      return;
    }
    this.#lastSay = options.clock.setTimer(LAST_SAY_MS, () => {
      if (seat.isClaimed) seat.conclude();
      else
        this.owner.failed('hostTestError', `the host test did not answer within ${LAST_SAY_MS} ms`);
    });
    void seat.lastSay().then(() => {
      // The board may have answered the handshake again meanwhile.
      if (seat !== this.parts.seat) return;
      this.cancel();
      this.spent();
    });
  }

  /** A coverage dump has its own time, within what the run may last at all. */
  #isDumping(): boolean {
    const { scanner, side, budget } = this.parts;
    const isReading = scanner.isReading(COVERAGE_KEY);
    return side.coverage.postpone(isReading, budget.runLeftMs, () => this.spent());
  }

  /** Firmware that restarted without a word waits for the host at its start: asked again, it shows its banner. */
  #timedOut(): void {
    const { parts } = this;
    if (parts.restarts.watch.isUnexplained) {
      this.owner.rebooted();
      return;
    }
    const running = parts.stage === 'main' ? parts.cases.tally.running : null;
    const hang = parts.lastWords.timeout(parts.budget.ms, running);
    parts.stage = 'timedOut';
    const bytes = encodeSync(parts.options.newUuid());
    // A port that takes nothing any more leaves the question unanswered.
    parts.writer.write(bytes).catch(() => undefined);
    const waitMs = START_PROBE_MS + parts.writer.paceMs(bytes.length);
    this.#lastSay = parts.options.clock.setTimer(waitMs, () => this.owner.hangs('timeout', hang));
  }
}
