import type { ConsoleLine } from './console-lines.js';

export interface RowLayout {
  /** Columns that fit beside the time stamp. */
  readonly columns: number;
  readonly wrap: boolean;
  /** Numbers of the lines that are shown whole. */
  readonly expanded: ReadonlySet<number>;
}

/** A wrapped line takes at most this many rows until it is expanded. */
export const MAX_WRAPPED_ROWS = 6;

/** Rows of one line; 1 at least. */
export function rowsOf(line: ConsoleLine, layout: RowLayout): number {
  const all = Math.max(1, Math.ceil(line.columns / Math.max(1, layout.columns)));
  if (layout.expanded.has(line.number)) return all;
  return layout.wrap ? Math.min(all, MAX_WRAPPED_ROWS) : 1;
}

/** Whether a part of the line stays hidden until it is expanded. */
export function isCut(line: ConsoleLine, layout: RowLayout): boolean {
  return line.columns > rowsOf(line, layout) * layout.columns;
}

const FIRST_CAPACITY = 1024;

/** Knows on which row each line begins. Adding lines costs no more than the lines that changed. */
export class ConsoleRows {
  #ends = new Float64Array(FIRST_CAPACITY);
  #count = 0;
  #layout: RowLayout;

  constructor(layout: RowLayout) {
    this.#layout = layout;
  }

  get layout(): RowLayout {
    return this.#layout;
  }

  get total(): number {
    return this.#count === 0 ? 0 : (this.#ends[this.#count - 1] ?? 0);
  }

  /** Counts again from line index `first` on. */
  update(lines: readonly ConsoleLine[], first: number): void {
    this.#reserve(lines.length);
    const from = Math.min(first, this.#count);
    let end = from === 0 ? 0 : (this.#ends[from - 1] ?? 0);
    for (let i = from; i < lines.length; i++) {
      const line = lines[i];
      if (line) end += rowsOf(line, this.#layout);
      this.#ends[i] = end;
    }
    this.#count = lines.length;
  }

  /** Takes another layout and counts everything again. */
  relayout(lines: readonly ConsoleLine[], layout: RowLayout): void {
    this.#layout = layout;
    this.update(lines, 0);
  }

  /** Row on which the line at `index` begins. */
  startOf(index: number): number {
    return index <= 0 ? 0 : (this.#ends[Math.min(index, this.#count) - 1] ?? 0);
  }

  /** Index of the line that covers `row`; clamped to the lines there are. */
  indexAt(row: number): number {
    let low = 0;
    let high = Math.max(0, this.#count - 1);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? 0) > row) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #reserve(count: number): void {
    if (count <= this.#ends.length) return;
    const grown = new Float64Array(Math.max(count, this.#ends.length * 2));
    grown.set(this.#ends);
    this.#ends = grown;
  }
}
