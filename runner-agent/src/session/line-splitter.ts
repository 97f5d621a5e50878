import { ForwardFinder } from './forward-finder.js';
import { decodeUtf8 } from './latin-text.js';
import { TextPile } from './text-pile.js';

/** Longest line that is handed out whole, in bytes; the console log has everything. */
export const MAX_LINE_BYTES = 8192;

const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Takes a line (decoded, without its end) and the position in the loaded text after it. */
export type DeliverLine = (line: string, position: number) => void;

/**
 * Cuts the text between messages into lines. While nobody wants every line it searches for `needles` only and makes
 * no string of the others. What is delivered never depends on where the text was cut into chunks.
 */
export class LineSplitter {
  wantAll = false;
  #stopped = false;
  #text = '';
  /** The line under way; while a message stands in it, what follows that message. */
  readonly #pile = new TextPile(MAX_LINE_BYTES);
  #afterMessage = false;
  readonly #needles: readonly ForwardFinder[];

  constructor(
    needles: readonly string[],
    private readonly lineEnds: ForwardFinder,
    private readonly deliver: DeliverLine,
  ) {
    this.#needles = needles.map((needle) => new ForwardFinder(needle));
  }

  get kept(): number {
    return this.#pile.kept;
  }

  stop(): void {
    this.#stopped = true;
  }

  load(text: string): void {
    this.#text = text;
    for (const needle of this.#needles) needle.load(text);
  }

  /** Adds text without a line end that first looked like a message. */
  add(text: string): void {
    this.#pile.push(text);
  }

  /** Where reading goes on: most messages end their line, and that end is no line of its own. */
  skipBareEnd(from: number): number {
    if (!this.#afterMessage || this.#pile.length > 0) return from;
    const end = this.#text.charCodeAt(from) === RETURN ? from + 1 : from;
    if (this.#text.charCodeAt(end) !== LINE_FEED) return from;
    this.#afterMessage = false;
    return end + 1;
  }

  /** Reads the loaded text from `from` up to `to`. */
  scan(from: number, to: number): void {
    let pos = from;
    while (pos < to && !this.#stopped)
      pos = this.wantAll || !this.#atLineStart() ? this.#line(pos, to) : this.#skip(pos, to);
  }

  /** A message stands here: what came before it on the line is a line of its own. */
  cut(position: number): void {
    this.#afterMessage = true;
    if (this.#pile.length > 0) this.#finish(position, false);
  }

  #atLineStart(): boolean {
    return this.#pile.length === 0 && !this.#afterMessage;
  }

  #line(pos: number, to: number): number {
    const end = this.lineEnds.from(pos);
    this.#pile.push(this.#text.slice(pos, Math.min(end, to)));
    if (end >= to) return to;
    const bare = this.#afterMessage;
    this.#afterMessage = false;
    this.#finish(end + 1, !bare);
    return end + 1;
  }

  /** Jumps to the next line with a needle, or keeps the unfinished last line. `pos` is the start of a line. */
  #skip(pos: number, to: number): number {
    const hit = this.#nextHit(pos);
    const start = Math.max(pos, this.#text.lastIndexOf('\n', Math.min(hit, to - 1)) + 1);
    return start < to ? this.#line(start, to) : to;
  }

  #nextHit(pos: number): number {
    let hit = this.#text.length;
    for (const needle of this.#needles) hit = Math.min(hit, needle.from(pos));
    return hit;
  }

  #finish(position: number, evenIfBlank: boolean): void {
    const length = this.#pile.length;
    const kept = this.#pile.take();
    const line = length > kept.length ? kept : withoutReturn(kept);
    if (line === '' && !evenIfBlank) return;
    if (!this.wantAll && !this.#needles.some(({ needle }) => line.includes(needle))) return;
    const mark = length > kept.length ? ` … [cut: ${length} bytes]` : '';
    this.deliver(decodeUtf8(line) + mark, position);
  }
}

function withoutReturn(line: string): string {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === RETURN) end--;
  return line.slice(0, end);
}
