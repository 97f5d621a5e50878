import type { ConsoleRecord } from '@greenrack/farm-protocol';
import { type ConsoleLine, ConsoleLines } from './console-lines.js';
import { ConsoleRows, type RowLayout } from './console-rows.js';
import { ConsoleSearch } from './console-search.js';

const FIRST_LAYOUT: RowLayout = { columns: 80, wrap: true, expanded: new Set() };

/** Lines of one console with their rows and search matches, kept in step. */
export class ConsoleModel {
  readonly rows = new ConsoleRows(FIRST_LAYOUT);
  readonly search = new ConsoleSearch();
  readonly #lines = new ConsoleLines();

  get lines(): readonly ConsoleLine[] {
    return this.#lines.lines;
  }

  /** Lines that are no longer kept, see {@link ConsoleLines.dropped}. */
  get dropped(): number {
    return this.#lines.dropped;
  }

  push(records: readonly ConsoleRecord[]): void {
    this.#changed(this.#lines.push(records));
  }

  /** The log is complete. */
  end(): void {
    this.#changed(this.#lines.end());
  }

  /** Index of the line with this number, clamped to the lines kept. */
  indexOf(number: number): number {
    return Math.max(0, Math.min(this.lines.length - 1, number - 1 - this.dropped));
  }

  setLayout(layout: RowLayout): void {
    const old = this.rows.layout;
    const same =
      old.columns === layout.columns &&
      old.wrap === layout.wrap &&
      old.expanded === layout.expanded;
    if (!same) this.rows.relayout(this.lines, layout);
  }

  setTerm(term: string): void {
    if (term.toLowerCase() !== this.search.needle) this.search.start(this.lines, term);
  }

  #changed(first: number): void {
    this.rows.update(this.lines, first);
    this.search.update(this.lines, first);
  }
}
