import type { ConsoleLine } from './console-lines.js';

/** Numbers of the lines that hold a search term, in order. Grows as the console does. */
export class ConsoleSearch {
  #needle = '';
  #numbers: number[] = [];

  /** The term in lower case; empty when nothing is searched. */
  get needle(): string {
    return this.#needle;
  }

  get numbers(): readonly number[] {
    return this.#numbers;
  }

  /** Looks for another term in all lines. Letters match in both cases. */
  start(lines: readonly ConsoleLine[], term: string): void {
    this.#needle = term.toLowerCase();
    this.#numbers = [];
    this.update(lines, 0);
  }

  /** Looks again at the lines from index `first` on. */
  update(lines: readonly ConsoleLine[], first: number): void {
    if (this.#needle === '') return;
    const from = lines[first]?.number ?? Number.POSITIVE_INFINITY;
    while ((this.#numbers.at(-1) ?? 0) >= from) this.#numbers.pop();
    for (let i = first; i < lines.length; i++) {
      const line = lines[i];
      if (line?.text.toLowerCase().includes(this.#needle)) this.#numbers.push(line.number);
    }
  }
}

/** Place in `numbers` of the match after (`step` 1) or before (-1) line `from`; wraps around. -1 without matches. */
export function nextMatch(numbers: readonly number[], from: number, step: 1 | -1): number {
  if (numbers.length === 0) return -1;
  const after = numbers.findIndex((number) => number > from);
  if (step === 1) return Math.max(0, after);
  const before = numbers.findLastIndex((number) => number < from);
  return before < 0 ? numbers.length - 1 : before;
}
