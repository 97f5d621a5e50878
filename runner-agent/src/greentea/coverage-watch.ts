import type { SessionClock, Timer } from '../session/session-types.js';

/*
 * Coverage that an instrumented image sends after its cases, one line per .gcda file:
 *   {{__coverage_start;path/to/file.gcda;4167636441…}} CR LF      two hex digits a byte, '.' for 0x00
 * The console log has it all; here it is counted, and its time is not taken from the test's budget.
 */
export const COVERAGE_KEY = '__coverage_start';
/** A dump that is silent for this long is over. */
const SILENCE_MS = 10_000;

/** Follows the dump of coverage files. */
export class CoverageWatch {
  #files = 0;
  #bytes = 0;
  #timer: Timer | undefined;

  /** @param lastByteUs When the console last said something. */
  constructor(
    private readonly clock: SessionClock,
    private readonly lastByteUs: () => number,
  ) {}

  /** What was dumped, for people; undefined when nothing was. */
  get summary(): string | undefined {
    if (this.#files === 0) return undefined;
    return `${this.#files} coverage files (${this.#bytes} bytes of .gcda) are in the console log; greenrack coverage makes a tracefile of them`;
  }

  /** Takes a message; true when it is a coverage file. */
  message(key: string, value: string): boolean {
    if (key !== COVERAGE_KEY) return false;
    const data = value.slice(value.indexOf(';') + 1);
    const zeroes = data.split('.').length - 1;
    this.#files++;
    this.#bytes += zeroes + (data.length - zeroes) / 2;
    return true;
  }

  /**
   * The budget is spent: calls `spent` once the dump that is under way has been silent for 10 s.
   * @param isDumping A coverage line is being read.
   * @param leftMs What the run may last at all, from now.
   * @returns false when there is no dump, so that the budget is spent now.
   */
  postpone(isDumping: boolean, leftMs: number, spent: () => void): boolean {
    const quietMs = Math.max(0, (this.clock.nowUs() - this.lastByteUs()) / 1000);
    const waitMs = Math.ceil(Math.min(SILENCE_MS - quietMs, leftMs));
    if ((this.#files === 0 && !isDumping) || waitMs <= 0) return false;
    this.#timer = this.clock.setTimer(waitMs, spent);
    return true;
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
