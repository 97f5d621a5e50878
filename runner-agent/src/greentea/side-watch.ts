import type { Crash } from '@greenrack/farm-protocol';
import { CRASH_NEEDLES, CrashWatch } from '../session/crash-watch.js';
import type { SessionClock, SessionEnd } from '../session/session-types.js';
import { CoverageWatch } from './coverage-watch.js';
import { DAMAGE_NEEDLES, DamageWatch } from './damage-watch.js';

/** Lines worth reading hold one of these. */
export const SIDE_NEEDLES: readonly string[] = [...CRASH_NEEDLES, ...DAMAGE_NEEDLES];

export interface SideWatchOwner {
  note(text: string): void;
  crashed(crash: Crash): void;
  /** A crash that the host test announced. */
  crashedAsPlanned(crash: Crash): void;
  /** More of a crash report may be on its way: every line counts. */
  crashBegins(): void;
  /** What looked like a crash report was none: its lines are those of the test. */
  noCrash(lines: readonly string[]): void;
  lastByteUs(): number;
}

/** What happens beside the test itself: crashes, damage to the console, and coverage dumps. */
export class SideWatch {
  readonly crash: CrashWatch;
  readonly coverage: CoverageWatch;
  readonly damage: DamageWatch;

  constructor(
    clock: SessionClock,
    private readonly owner: SideWatchOwner,
  ) {
    this.crash = new CrashWatch(clock, {
      crashed: (crash) => owner.crashed(crash),
      crashedAsPlanned: (crash) => owner.crashedAsPlanned(crash),
      noCrash: (lines) => owner.noCrash(lines),
    });
    this.coverage = new CoverageWatch(clock, () => owner.lastByteUs());
    this.damage = new DamageWatch((text) => owner.note(text));
  }

  /** Takes a message; true when it is none of the test's. */
  message(key: string, value: string): boolean {
    if (this.damage.damages(value)) return true;
    this.damage.sound();
    if (!this.crash.message(key, value)) return false;
    if (this.crash.hasCrashed) this.owner.crashBegins();
    return true;
  }

  /** Takes a line; true when it is none of the test's. */
  line(text: string): boolean {
    this.damage.damages(text);
    if (!this.crash.line(text)) return false;
    if (this.crash.hasCrashed) this.owner.crashBegins();
    return true;
  }

  /** The run is over: the verdict that stands, whatever was damaged. */
  close(end: SessionEnd): SessionEnd {
    this.crash.cancel();
    this.coverage.stop();
    const { summary } = this.coverage;
    if (summary !== undefined) this.owner.note(summary);
    return this.damage.judge(end);
  }
}
