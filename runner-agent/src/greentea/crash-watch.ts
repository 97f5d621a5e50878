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
 */
const NEEDLE = '++ Mbed';
const FAULT_BEGIN = '++ MbedOS Fault Handler ++';
const BLOCK_BEGIN = '++ MbedOS Error Info ++';
const BLOCK_END = '-- MbedOS Error Info --';
const KEY_PREFIX = 'mbed_error';
const MAX_KEYS = 16;
/** Lines worth reading hold one of these. */
export const CRASH_NEEDLES: readonly string[] = [NEEDLE];

/** Silence after which a block that has no end is taken as it is: a board may hang while it prints. */
const BLOCK_SILENCE_MS = 2000;
/** Keys come in one burst; a block that follows them starts sooner. */
const KEYS_SILENCE_MS = 250;

/** Collects the evidence of a crash and says when it is complete. */
export class CrashWatch {
  #lines: string[] = [];
  readonly #keys = new Map<string, string>();
  #timer: Timer | undefined;

  /** @param onCrash Called once, with all evidence. */
  constructor(
    private readonly clock: SessionClock,
    private readonly onCrash: (crash: Crash) => void,
  ) {}

  /** A block is being printed: every line counts. */
  get isInBlock(): boolean {
    return this.#lines.length > 0;
  }

  /** The firmware has crashed; more evidence may follow. */
  get hasCrashed(): boolean {
    return this.isInBlock || this.#keys.size > 0;
  }

  /** Takes a console line; true when it belongs to the evidence. */
  line(text: string): boolean {
    const begins = text.includes(BLOCK_BEGIN) || text.includes(FAULT_BEGIN);
    if (!begins && !this.isInBlock) return false;
    this.#lines.push(bounded(text, MAX_EVIDENCE_LINE_CHARS));
    if (text.includes(BLOCK_END) || this.#lines.length >= MAX_EVIDENCE_LINES) this.finish();
    else this.#wait(BLOCK_SILENCE_MS);
    return true;
  }

  /** Takes a message; true when it belongs to the evidence. */
  message(key: string, value: string): boolean {
    if (this.isInBlock) return this.line(`{{${key};${bounded(value, MAX_EVIDENCE_LINE_CHARS)}}}`);
    if (!key.startsWith(KEY_PREFIX)) return false;
    if (this.#keys.size < MAX_KEYS) this.#keys.set(key, value);
    this.#wait(KEYS_SILENCE_MS);
    return true;
  }

  /** Reports the crash with the evidence so far. */
  finish(): void {
    this.cancel();
    this.onCrash(this.isInBlock ? crashFromBlock(this.#lines) : crashFromKeys(this.#keys));
  }

  cancel(): void {
    this.#timer?.cancel();
  }

  #wait(ms: number): void {
    this.cancel();
    this.#timer = this.clock.setTimer(ms, () => this.finish());
  }
}
