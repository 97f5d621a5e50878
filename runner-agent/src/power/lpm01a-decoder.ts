import type { ValueTable } from '@greenrack/farm-model';
import type { SampleCoding } from '@greenrack/farm-protocol';
import type { SampleSink } from '../contracts/power-meter.js';
import { SamplePen } from './sample-pen.js';

/*
 * ST X-NUCLEO-LPM01A, binary stream (UM2269). A sample is two bytes, and its current m · 16^-e A:
 *
 *   15    12 11                 0        f0 f3  ms u32, big-endian (bit 31: overflow)  buffer %  ff ff
 *   ┌───────┬────────────────────┐       after every 1000 samples; other tags f1 … f9 end with ff ff too
 *   │ e     │ m                  │
 *   └───────┴────────────────────┘       e is never 15: f0 and a byte above it begin no sample, wherever they stand
 */
const MANTISSA_BITS = 12;
const EXPONENTS = 15;
const LOST_CODE = 0xffff;
const TAG = 0xf0;
const TIMESTAMP = 0xf3;
const TIMESTAMP_BYTES = 9;
const BLOCK_SAMPLES = 1000;
const CAPACITY_BYTES = 64 * 1024;
/** Timestamps are whole ms: what they disagree by within that is no loss. */
const ROUNDING_MS = 1.5;

/** Every exponent is a range. */
export const LPM01A_CODING: SampleCoding = {
  kind: 'ranges',
  mantissaBits: MANTISSA_BITS,
  ranges: Array.from({ length: EXPONENTS }, (_, e) => [0, 1e6 * 16 ** -e, 0]),
};

/** What the instrument says between samples. */
export interface Lpm01aNews {
  /** F1: it could not go on; F4: it came to its end. */
  ended(text: string): void;
}

/**
 * Makes samples of the instrument's bytes. Those between two timestamps are taken when they are as many as the second one
 * says: a byte too few shifts all that follow, and nothing else would show it.
 */
export class Lpm01aDecoder {
  readonly #table: ValueTable;
  readonly #pen: SamplePen;
  readonly #news: Lpm01aNews;
  readonly #samplesPerMs: number;
  readonly #bytes = new Uint8Array(CAPACITY_BYTES);
  #fill = 0;
  #firstMs: number | undefined;

  constructor(
    table: ValueTable,
    sampleRateHz: number,
    out: { sink: SampleSink; news: Lpm01aNews },
  ) {
    this.#table = table;
    this.#samplesPerMs = sampleRateHz / 1000;
    this.#pen = new SamplePen(out.sink, LOST_CODE);
    this.#news = out.news;
  }

  get position(): number {
    return this.#pen.position;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + CAPACITY_BYTES - this.#fill);
      this.#bytes.set(part, this.#fill);
      this.#fill += part.length;
      at += part.length;
      while (this.#takeBlock());
      // Without a timestamp for so long it is no stream of samples.
      if (this.#fill === CAPACITY_BYTES) this.#fill = 0;
    }
    this.#pen.flush();
  }

  /** No more bytes come. What no timestamp vouches for is left out. */
  end(): void {
    this.#pen.flush();
  }

  #takeBlock(): boolean {
    const at = this.#metadataAt();
    if (at < 0) return false;
    const tag = this.#bytes[at + 1] ?? 0;
    const end = tag === TIMESTAMP ? at + TIMESTAMP_BYTES : this.#endOfText(at);
    if (end < 0 || end > this.#fill) return false;
    if (tag === TIMESTAMP) this.#stamped(at);
    else if (tag === 0xf1 || tag === 0xf4 || tag === 0xf5)
      this.#news.ended(
        Buffer.from(this.#bytes.subarray(at + 2, end - 2))
          .toString('latin1')
          .trim(),
      );
    this.#cut(tag === TIMESTAMP ? 0 : at, end);
    return true;
  }

  #metadataAt(): number {
    for (let at = 0; ; at++) {
      at = this.#bytes.indexOf(TAG, at);
      if (at < 0 || at + 1 >= this.#fill) return -1;
      if ((this.#bytes[at + 1] ?? 0) > TAG) return at;
    }
  }

  #endOfText(at: number): number {
    for (let i = at + 2; i + 1 < this.#fill; i++)
      if (this.#bytes[i] === 0xff && this.#bytes[i + 1] === 0xff) return i + 2;
    return -1;
  }

  /** The samples before a timestamp are right when they are as many as belong to one, and the time agrees. */
  #stamped(at: number): void {
    const ms = new DataView(this.#bytes.buffer).getUint32(at + 2) & 0x7fffffff;
    const isWhole = at === 2 * BLOCK_SAMPLES;
    this.#firstMs ??= ms - BLOCK_SAMPLES / this.#samplesPerMs;
    const due = Math.round((ms - this.#firstMs) * this.#samplesPerMs) - this.position;
    const excess = due - (isWhole ? BLOCK_SAMPLES : 0);
    if (excess > ROUNDING_MS * this.#samplesPerMs || !isWhole)
      this.#pen.lose(
        Math.max(isWhole ? 0 : BLOCK_SAMPLES, Math.round(excess / BLOCK_SAMPLES) * BLOCK_SAMPLES),
        'bytes are missing between two timestamps',
      );
    if (isWhole) this.#take();
  }

  #take(): void {
    for (let i = 0; i < BLOCK_SAMPLES; i++) {
      if (this.#pen.space === 0) this.#pen.flush();
      const code = ((this.#bytes[2 * i] ?? 0) << 8) | (this.#bytes[2 * i + 1] ?? 0);
      const fill = this.#pen.fill++;
      this.#pen.codes[fill] = code;
      this.#pen.currentUa[fill] = this.#table[code] ?? Number.NaN;
    }
  }

  #cut(from: number, to: number): void {
    this.#bytes.copyWithin(from, to, this.#fill);
    this.#fill -= to - from;
  }
}
