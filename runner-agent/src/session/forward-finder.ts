/**
 * Remembers where a needle stands next in one text, for callers that only move forward: however often they ask, the
 * text is searched once.
 */
export class ForwardFinder {
  #text = '';
  #next = -1;

  constructor(readonly needle: string) {}

  load(text: string): void {
    this.#text = text;
    this.#next = -1;
  }

  /** First position of the needle at or after `from`, or the text's length. `from` never goes back. */
  from(from: number): number {
    if (this.#next < from) {
      const found = this.#text.indexOf(this.needle, from);
      this.#next = found < 0 ? this.#text.length : found;
    }
    return this.#next;
  }
}
