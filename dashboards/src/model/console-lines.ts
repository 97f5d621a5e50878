import type { ConsoleDirection, ConsoleRecord } from '@greenrack/farm-protocol';
import { columnsOf, cutSequenceBytes, decodeBytes } from './console-text.js';

/** One line of a console in one direction. */
export interface ConsoleLine {
  /** Counts from 1 over both directions; stays with the line when old ones are dropped. */
  readonly number: number;
  /** When its first byte came, in microseconds since the start of the log. */
  readonly atUs: number;
  readonly direction: ConsoleDirection;
  /** Lossless text, see console-text.ts; without its line end. */
  readonly text: string;
  /** Width in a fixed-width font. */
  readonly columns: number;
}

/** A line without a line end is broken here, so that a firmware that never sends one cannot ask for all the memory. */
export const MAX_LINE_CHARS = 256 * 1024;
/** Beyond either bound the oldest lines are dropped; the download still has them. */
export const MAX_LINES = 400_000;
export const MAX_TOTAL_CHARS = 96 * 1024 * 1024;
const DROP_SHARE = 0.1;

const LF = 0x0a;
/** An escaped `\\r`. */
const SHOWN_CR_COLUMNS = 2;

interface OpenLine {
  /** Number of the line that bytes without a line end are added to; 0 for none. */
  number: number;
  /** Start of a character whose rest has not come yet. */
  cut: Uint8Array;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/**
 * Puts console records together into lines. Each direction has its own open line, so a command sent in the middle of
 * an answer does not tear the answer apart; lines stand in the order of their first byte.
 */
export class ConsoleLines {
  #lines: ConsoleLine[] = [];
  #dropped = 0;
  #chars = 0;
  readonly #open: Record<ConsoleDirection, OpenLine> = {
    rx: { number: 0, cut: new Uint8Array(0) },
    tx: { number: 0, cut: new Uint8Array(0) },
  };
  readonly #limits: { readonly lines: number; readonly chars: number };

  /** @param limits most lines and characters to keep. */
  constructor(limits = { lines: MAX_LINES, chars: MAX_TOTAL_CHARS }) {
    this.#limits = limits;
  }

  /** Lines kept, oldest first. The array changes in place: draw again after each `push`. */
  get lines(): readonly ConsoleLine[] {
    return this.#lines;
  }

  /** Lines that were dropped from the front to stay within the limits. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds records. Returns the index of the first line that changed; `lines.length` before, when only new ones came. */
  push(records: readonly ConsoleRecord[]): number {
    let first = this.#lines.length;
    for (const record of records) first = Math.min(first, this.#pushRecord(record));
    return this.#trim() ? 0 : first;
  }

  /** The log is complete: half a character at its end will not be finished any more. */
  end(): number {
    let first = this.#lines.length;
    for (const direction of ['rx', 'tx'] as const) {
      const open = this.#open[direction];
      if (open.cut.length === 0) continue;
      const atUs = this.#lines.at(-1)?.atUs ?? 0;
      const bytes = open.cut;
      open.cut = new Uint8Array(0);
      first = Math.min(first, this.#append({ atUs, direction, bytes }, bytes));
    }
    return first;
  }

  #pushRecord(record: ConsoleRecord): number {
    const open = this.#open[record.direction];
    const bytes = joined(open.cut, record.bytes);
    open.cut = new Uint8Array(0);
    let first = this.#lines.length;
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      first = Math.min(first, this.#append(record, bytes.subarray(start, end)));
      this.#close(record.direction);
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    const cut = cutSequenceBytes(rest);
    if (cut > 0) open.cut = rest.slice(rest.length - cut);
    if (rest.length > cut)
      first = Math.min(first, this.#append(record, rest.subarray(0, rest.length - cut)));
    return first;
  }

  #append(record: ConsoleRecord, bytes: Uint8Array): number {
    const open = this.#open[record.direction];
    const addition = decodeBytes(bytes);
    const index = open.number - 1 - this.#dropped;
    const line = open.number > 0 ? this.#lines[index] : undefined;
    this.#chars += addition.length;
    if (!line) return this.#begin(record, addition);
    const text = line.text + addition;
    // Counted from the old end: a line that comes byte by byte must not be measured whole each time.
    const columns = line.columns + columnsOf(addition, line.columns);
    this.#lines[index] = { ...line, text, columns };
    if (text.length >= MAX_LINE_CHARS) open.number = 0;
    return index;
  }

  #begin(record: ConsoleRecord, text: string): number {
    const number = this.#dropped + this.#lines.length + 1;
    this.#lines.push({
      number,
      atUs: record.atUs,
      direction: record.direction,
      text,
      columns: columnsOf(text),
    });
    this.#open[record.direction].number = text.length >= MAX_LINE_CHARS ? 0 : number;
    return this.#lines.length - 1;
  }

  /** Ends the open line at its LF; the CR before it belongs to the line end. */
  #close(direction: ConsoleDirection): void {
    const open = this.#open[direction];
    const index = open.number - 1 - this.#dropped;
    const line = open.number > 0 ? this.#lines[index] : undefined;
    open.number = 0;
    if (!line?.text.endsWith('\r')) return;
    this.#chars -= 1;
    this.#lines[index] = {
      ...line,
      text: line.text.slice(0, -1),
      columns: line.columns - SHOWN_CR_COLUMNS,
    };
  }

  #trim(): boolean {
    if (this.#lines.length <= this.#limits.lines && this.#chars <= this.#limits.chars) return false;
    const count = Math.max(1, Math.floor(this.#lines.length * DROP_SHARE));
    for (const line of this.#lines.splice(0, count)) this.#chars -= line.text.length;
    this.#dropped += count;
    return true;
  }
}
