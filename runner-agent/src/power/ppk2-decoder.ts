import type { ValueTable } from '@greenrack/farm-model';
import type { SampleSink } from '../contracts/power-meter.js';
import { SamplePen } from './sample-pen.js';

/*
 * Nordic PPK2, sample stream: 100 000 little-endian words a second and nothing between them.
 *
 *   31        24 23      18 17 16   14 13              0
 *   ┌───────────┬──────────┬──┬───────┬─────────────────┐
 *   │ D7 … D0   │ counter  │ –│ range │ ADC             │
 *   └───────────┴──────────┴──┴───────┴─────────────────┘
 *
 * The counter goes on by one with each sample, modulo 64: it shows words that are missing, and where words begin.
 */
const CODE_MASK = 0x1ffff;
const COUNTER_SHIFT = 18;
const COUNTER_MASK = 63;
const LINES_SHIFT = 24;
const LOST_CODE = CODE_MASK;
/** As many words with the right counters are no accident. */
const PROOF_WORDS = 12;
const PROOF_BYTES = 4 * (PROOF_WORDS + 1) + 3;
/** A word that lost a byte may have its counter right, and by chance the next one too. */
const DOUBTFUL = 2;
/** What is put together from two words may have the counter of the later one. */
const DOUBTFUL_AFTER = 1;
const CAPACITY_BYTES = 128 * 1024;

/** Makes samples of a PPK2's bytes, however they are cut. What is lost or damaged becomes a gap, never a number. */
export class Ppk2Decoder {
  readonly #table: ValueTable;
  readonly #pen: SamplePen;
  readonly #bytes = new Uint8Array(CAPACITY_BYTES);
  readonly #words = new Uint32Array(this.#bytes.buffer);
  #fill = 0;
  /** Undefined until the first word. */
  #counter: number | undefined;
  /** Bytes left out since the last good word. */
  #skipped = 0;

  constructor(table: ValueTable, sink: SampleSink) {
    this.#table = table;
    this.#pen = new SamplePen(sink, LOST_CODE);
  }

  /** Samples so far, lost ones among them. */
  get position(): number {
    return this.#pen.position;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + CAPACITY_BYTES - this.#fill);
      this.#bytes.set(part, this.#fill);
      this.#fill += part.length;
      at += part.length;
      this.#decode(false);
    }
    this.#pen.flush(Math.min(DOUBTFUL, this.#pen.fill));
  }

  /** No more bytes come. */
  end(): void {
    this.#decode(true);
    this.#pen.flush();
  }

  #decode(isEnd: boolean): void {
    let at = 0;
    for (;;) {
      at = this.#run(at);
      const left = this.#fill - 4 * at;
      if (left < 4 || (left < PROOF_BYTES && !isEnd)) break;
      const mended = this.#mend(at);
      if (mended === undefined) break;
      at = mended;
    }
    this.#drop(4 * at);
  }

  /** Takes words for as long as their counters go on. Answers where it stopped. */
  #run(from: number): number {
    const end = this.#fill >> 2;
    let at = from;
    while (at < end && this.#counter !== undefined) {
      if (this.#pen.space === 0) this.#pen.flush(DOUBTFUL);
      const to = Math.min(end, at + this.#pen.space);
      const stopped = this.#take(at, to);
      if (stopped < to) return stopped;
      at = stopped;
    }
    return at;
  }

  #take(from: number, to: number): number {
    const { codes, currentUa, digital } = this.#pen;
    const words = this.#words;
    const table = this.#table;
    let counter = this.#counter ?? 0;
    let fill = this.#pen.fill;
    let at = from;
    for (; at < to; at++) {
      const word = words[at] ?? 0;
      if (((word >>> COUNTER_SHIFT) & COUNTER_MASK) !== counter) break;
      counter = (counter + 1) & COUNTER_MASK;
      const code = word & CODE_MASK;
      codes[fill] = code;
      currentUa[fill] = table[code] ?? Number.NaN;
      digital[fill] = word >>> LINES_SHIFT;
      fill++;
    }
    this.#counter = counter;
    this.#pen.fill = fill;
    return at;
  }

  /** Finds where good words go on. Answers their place, after moving what follows there; undefined for more bytes. */
  #mend(at: number): number | undefined {
    const from = 4 * at;
    if (this.#isOneDamagedWord(from)) {
      this.#pen.lose(1, 'a word with a wrong counter');
      this.#counter = ((this.#counter ?? 0) + 1) & COUNTER_MASK;
      return at + 1;
    }
    for (let start = from; start + 4 <= this.#fill; start++) {
      const isProven = this.#isProven(start);
      if (isProven === undefined) {
        this.#skip(from, start);
        return undefined;
      }
      if (isProven) return this.#goOn(from, start);
    }
    this.#skip(from, this.#fill & ~3);
    return undefined;
  }

  #goOn(from: number, start: number): number {
    this.#skipped += start - from;
    const counter = this.#counterAt(start);
    const isFirst = this.#counter === undefined;
    if (this.#counter !== undefined) this.#mark(counter, this.#counter);
    this.#counter = isFirst ? counter : (counter + DOUBTFUL_AFTER) & COUNTER_MASK;
    this.#skipped = 0;
    const shift = start % 4;
    this.#bytes.copyWithin(start - shift, start, this.#fill);
    this.#fill -= shift;
    return (start - shift) / 4 + (isFirst ? 0 : DOUBTFUL_AFTER);
  }

  #mark(counter: number, expected: number): void {
    const step = (counter - expected) & COUNTER_MASK;
    const rounds = Math.max(0, Math.round((this.#skipped / 4 - step) / 64));
    const doubtful = this.#pen.takeBack(DOUBTFUL) + DOUBTFUL_AFTER;
    const cause = this.#skipped > 0 ? 'bytes are missing or wrong' : 'the counter jumped';
    this.#pen.lose(doubtful + step + 64 * rounds, cause);
  }

  /** Leaves out bytes in which no word begins. */
  #skip(from: number, to: number): void {
    this.#skipped += to - from;
    this.#bytes.copyWithin(from, to, this.#fill);
    this.#fill -= to - from;
  }

  #drop(count: number): void {
    this.#bytes.copyWithin(0, count, this.#fill);
    this.#fill -= count;
  }

  #counterAt(byte: number): number {
    return (this.#bytes[byte + 2] ?? 0) >> 2;
  }

  #isOneDamagedWord(from: number): boolean {
    if (this.#counter === undefined || this.#skipped > 0 || from + 8 > this.#fill) return false;
    const follows = this.#counterAt(from + 4) === ((this.#counter + 1) & COUNTER_MASK);
    return follows && this.#isProven(from + 4) !== false;
  }

  /** Whether the words from `start` count on; undefined when too few are here to tell. */
  #isProven(start: number): boolean | undefined {
    const words = Math.min(PROOF_WORDS, ((this.#fill - start) >> 2) - 1);
    let counter = this.#counterAt(start);
    for (let i = 1; i <= words; i++) {
      counter = (counter + 1) & COUNTER_MASK;
      if (this.#counterAt(start + 4 * i) !== counter) return false;
    }
    return words === PROOF_WORDS ? true : undefined;
  }
}
