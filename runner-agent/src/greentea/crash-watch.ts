import type { Crash } from '@greenrack/farm-protocol';
import { bounded, MAX_EVIDENCE_LINE_CHARS } from './bounded-text.js';
import { crashFromBlock, crashFromKeys, MAX_EVIDENCE_LINES } from './crash-report.js';
import type { SessionClock, Timer } from './session-types.js';

/*
 * A fatal error on the console:
 *   ++ MbedOS Fault Handler ++     register dump, only for CPU faults
 *   -- MbedOS Fault Handler --
 *   ++ MbedOS Error Info ++        always (unless it is compiled out)
 *   -- MbedOS Error Info --        → the end
 *   {{mbed_error;1}} {{mbed_error_code;…}} …     Mbed CE since 2025, if configured
 *   = System will be rebooted due to a fatal error =     fatal-error-auto-reboot, after the block
 *   mbed assertation failed: x > 0, file: main.cpp, line 42      before Mbed OS 5.9, in these letters
 *   CMSIS-RTOS error: …                                          before Mbed OS 5.6
 */
const NEEDLE = '++ Mbed';
const OLD_ASSERT = 'mbed assertation failed';
const OLD_RTOS = 'CMSIS-RTOS error';
const AUTO_REBOOT = 'rebooted due to a fatal error';
const SINGLE_LINES = [OLD_ASSERT, OLD_RTOS, AUTO_REBOOT];
const FAULT_BEGIN = '++ MbedOS Fault Handler ++';
const BLOCK_BEGIN = '++ MbedOS Error Info ++';
const BLOCK_END = '-- MbedOS Error Info --';
const KEY_PREFIX = 'mbed_error';
const MAX_KEYS = 16;
/** Lines worth reading hold one of these. */
export const CRASH_NEEDLES: readonly string[] = [NEEDLE, ...SINGLE_LINES];

/** Silence after which a block that has no end is taken as it is: a board may hang while it prints. */
const BLOCK_SILENCE_MS = 2000;
/** Keys and old reports come in one burst; a block that follows them starts sooner. */
const BURST_SILENCE_MS = 250;

/** Collects the evidence of a crash and says when it is complete. */
export class CrashWatch {
  #lines: string[] = [];
  readonly #keys = new Map<string, string>();
  #timer: Timer | undefined;
  /** A crash that is part of the test: `due` until its report is complete, `seen` after. */
  #planned: 'none' | 'due' | 'seen' = 'none';

  /**
   * @param onCrash Called once, with all evidence.
   * @param onPlannedCrash Called for a crash that the host test announced.
   */
  constructor(
    private readonly clock: SessionClock,
    private readonly onCrash: (crash: Crash) => void,
    private readonly onPlannedCrash: (crash: Crash) => void,
  ) {}

  /** The next crash is part of the test. */
  expect(): void {
    this.#planned = 'due';
  }

  /** A block is being printed: every line counts. */
  get isInBlock(): boolean {
    return this.#lines.length > 0;
  }

  /** The firmware has crashed; more evidence may follow. */
  get hasCrashed(): boolean {
    return this.isInBlock || this.#keys.size > 0;
  }

  /** The firmware has crashed and nobody wanted it to: with what is known of it, the run may end. */
  get endsRun(): boolean {
    return this.hasCrashed && this.#planned !== 'due';
  }

  /** Takes a console line; true when it belongs to the evidence. */
  line(text: string): boolean {
    const isBlock = text.includes(BLOCK_BEGIN) || text.includes(FAULT_BEGIN);
    const isOld =
      !isBlock && this.#planned !== 'seen' && SINGLE_LINES.some((word) => text.includes(word));
    if (!isBlock && !isOld && !this.isInBlock) return false;
    this.#lines.push(bounded(text, MAX_EVIDENCE_LINE_CHARS));
    if (text.includes(BLOCK_END) || this.#lines.length >= MAX_EVIDENCE_LINES) this.finish();
    else this.#wait(isOld ? BURST_SILENCE_MS : BLOCK_SILENCE_MS);
    return true;
  }

  /** Takes a message; true when it belongs to the evidence. */
  message(key: string, value: string): boolean {
    if (this.isInBlock) return this.line(`{{${key};${bounded(value, MAX_EVIDENCE_LINE_CHARS)}}}`);
    if (!key.startsWith(KEY_PREFIX)) return false;
    // What follows the block of a planned crash belongs to it.
    if (this.#planned === 'seen') return false;
    if (this.#keys.size < MAX_KEYS) this.#keys.set(key, value);
    this.#wait(BURST_SILENCE_MS);
    return true;
  }

  /** Reports the crash with the evidence so far. */
  finish(): void {
    this.cancel();
    const crash = this.isInBlock ? crashFromBlock(this.#lines) : crashFromKeys(this.#keys);
    if (this.#planned !== 'due') {
      this.onCrash(crash);
      return;
    }
    this.#planned = 'seen';
    this.#lines = [];
    this.#keys.clear();
    this.onPlannedCrash(crash);
  }

  cancel(): void {
    this.#timer?.cancel();
  }

  #wait(ms: number): void {
    this.cancel();
    this.#timer = this.clock.setTimer(ms, () => this.finish());
  }
}
