import type { Crash } from '@greenrack/farm-protocol';
import type { CaseTally } from './case-tracker.js';
import { CoverageWatch } from './coverage-watch.js';
import { CRASH_NEEDLES, CrashWatch } from './crash-watch.js';
import { LOSS_NEEDLES, LossWatch } from './loss-watch.js';
import type { SessionClock, SessionEnd } from './session-types.js';

/** Lines worth reading hold one of these. */
export const SIDE_NEEDLES: readonly string[] = [...CRASH_NEEDLES, ...LOSS_NEEDLES];

export interface SideWatchOwner {
  note(text: string): void;
  crashed(crash: Crash): void;
  /** A crash that the host test announced. */
  crashedAsPlanned(crash: Crash): void;
  /** More of a crash report is on its way: every line counts. */
  crashBegins(): void;
  lastByteUs(): number;
}

/** What happens beside the test itself: crashes, bytes that the probe lost, and coverage dumps. */
export class SideWatch {
  readonly crash: CrashWatch;
  readonly coverage: CoverageWatch;
  readonly #loss: LossWatch;

  constructor(
    clock: SessionClock,
    private readonly owner: SideWatchOwner,
  ) {
    this.crash = new CrashWatch(
      clock,
      (crash) => owner.crashed(crash),
      (crash) => owner.crashedAsPlanned(crash),
    );
    this.coverage = new CoverageWatch(clock, () => owner.lastByteUs());
    this.#loss = new LossWatch(() => owner.note('the probe reports that console bytes were lost'));
  }

  /** Takes a message; true when it is none of the test's. */
  message(key: string, value: string): boolean {
    if (this.#loss.damages(value)) return true;
    if (!this.crash.message(key, value)) return false;
    if (this.crash.hasCrashed) this.owner.crashBegins();
    return true;
  }

  /** Takes a line; true when it is none of the test's. */
  line(text: string): boolean {
    this.#loss.damages(text);
    if (!this.crash.line(text)) return false;
    if (this.crash.hasCrashed) this.owner.crashBegins();
    return true;
  }

  /** The run is over: the verdict that stands, whatever was lost. */
  close(end: SessionEnd, tally: CaseTally, firmwareFailed: boolean): SessionEnd {
    this.crash.cancel();
    this.coverage.stop();
    const { summary } = this.coverage;
    if (summary !== undefined) this.owner.note(summary);
    const counted = tally.cases.some(({ verdict }) => verdict === 'fail');
    const isProven = counted || firmwareFailed || (tally.summary?.failed ?? 0) > 0;
    return this.#loss.judge(end, isProven);
  }
}
