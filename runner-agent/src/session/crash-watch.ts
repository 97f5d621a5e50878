import type { Crash } from '@greenrack/farm-protocol';
import { bounded, MAX_EVIDENCE_LINE_CHARS } from './bounded-text.js';
import { crashHeading, endsCrashBlock, isCrashLine } from './crash-grammar.js';
import { crashFromBlock, crashFromKeys, MAX_EVIDENCE_LINES } from './crash-report.js';
import { loggedText } from './log-prefix.js';
import type { SessionClock, Timer } from './session-types.js';

export { CRASH_NEEDLES } from './crash-grammar.js';

const KEY_PREFIX = 'mbed_error';
const MAX_KEYS = 16;
/** Silence after which a block that has no end is taken as it is: a board may hang while it prints. */
const BLOCK_SILENCE_MS = 2000;
/** Keys and old reports come in one burst; a block that follows them starts sooner. */
const BURST_SILENCE_MS = 250;

export interface CrashWatchOwner {
  /** Called once, with all evidence. */
  crashed(crash: Crash): void;
  /** A crash that the host test announced. */
  crashedAsPlanned(crash: Crash): void;
  /** What looked like a heading was none: its lines are handed back. */
  noCrash(lines: readonly string[]): void;
}

/** Collects the evidence of a crash and says when it is complete. */
export class CrashWatch {
  #lines: string[] = [];
  /** What the line after a heading must be; undefined while no heading waits for it. */
  #awaited: RegExp | undefined;
  readonly #keys = new Map<string, string>();
  #timer: Timer | undefined;
  /** A crash that is part of the test: `due` until its report is complete, `seen` after. */
  #planned: 'none' | 'due' | 'seen' = 'none';

  constructor(
    private readonly clock: SessionClock,
    private readonly owner: CrashWatchOwner,
  ) {}

  /** The next crash is part of the test. */
  expect(): void {
    this.#planned = 'due';
  }

  /** The firmware has crashed, or has printed the heading of a crash: every line counts. */
  get hasCrashed(): boolean {
    return this.#lines.length > 0 || this.#keys.size > 0;
  }

  /** What must follow a heading has come. */
  get isCertain(): boolean {
    return this.hasCrashed && !this.#awaited;
  }

  /** The firmware has crashed and nobody wanted it to: with what is known of it, the run may end. */
  get endsRun(): boolean {
    return this.hasCrashed && this.#planned !== 'due';
  }

  /** Takes a console line; true when it belongs to the evidence. */
  line(text: string): boolean {
    if (this.#awaited) return this.#confirm(text, this.#awaited);
    const heading = crashHeading(text);
    const isSingle = !heading && this.#planned !== 'seen' && isCrashLine(text);
    if (!heading && !isSingle && this.#lines.length === 0) return false;
    if (heading && this.#lines.length === 0) this.#awaited = heading;
    this.#add(text);
    if (endsCrashBlock(text) || this.#lines.length >= MAX_EVIDENCE_LINES) this.finish();
    else if (!this.#awaited) this.#wait(isSingle ? BURST_SILENCE_MS : BLOCK_SILENCE_MS);
    return true;
  }

  /** Takes a message; true when it belongs to the evidence. */
  message(key: string, value: string): boolean {
    if (this.#awaited) this.#refute();
    if (this.#lines.length > 0)
      return this.line(`{{${key};${bounded(value, MAX_EVIDENCE_LINE_CHARS)}}}`);
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
    this.#awaited = undefined;
    const crash = this.#lines.length > 0 ? crashFromBlock(this.#lines) : crashFromKeys(this.#keys);
    if (this.#planned !== 'due') {
      this.owner.crashed(crash);
      return;
    }
    this.#planned = 'seen';
    this.#lines = [];
    this.#keys.clear();
    this.owner.crashedAsPlanned(crash);
  }

  cancel(): void {
    this.#timer?.cancel();
  }

  /** The line after a heading; blank ones may stand between. */
  #confirm(text: string, awaited: RegExp): boolean {
    const said = loggedText(text);
    if (said !== '' && !awaited.test(said)) {
      this.#refute();
      return this.line(text);
    }
    if (said !== '') this.#awaited = undefined;
    this.#add(text);
    if (!this.#awaited) this.#wait(BLOCK_SILENCE_MS);
    else if (this.#lines.length >= MAX_EVIDENCE_LINES) this.#refute();
    return true;
  }

  /** It was a quotation. */
  #refute(): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#awaited = undefined;
    this.owner.noCrash(lines);
  }

  #add(text: string): void {
    this.#lines.push(bounded(text, MAX_EVIDENCE_LINE_CHARS));
  }

  #wait(ms: number): void {
    this.cancel();
    this.#timer = this.clock.setTimer(ms, () => this.finish());
  }
}
