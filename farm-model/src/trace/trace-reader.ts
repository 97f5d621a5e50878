import type { TraceFooter, TraceHeader } from '@greenrack/farm-protocol';
import { packedWords, unpackColumn } from './packed-column.js';
import { type ValueTable, valueTable } from './sample-coding.js';
import {
  BUCKET_SAMPLES,
  type ClipMark,
  LEVEL_FACTOR,
  type SampleColumns,
  Summary,
  summarize,
} from './summary.js';
import { BLOCK_HEAD_BYTES, crc32, GROUP_CHUNKS, TAG } from './trace-format.js';
import {
  aligned,
  type ByteSource,
  headAt,
  readIndex,
  type TraceGroup,
  type TraceIndex,
} from './trace-index.js';
import { clipMark, levelCount } from './trace-writer.js';

const STEP = 128;

/** Samples [from, to). */
export interface SampleSpan {
  readonly from: number;
  readonly to: number;
}

/** Buckets of equal size that follow each other. */
export interface TraceWindow {
  readonly firstSample: number;
  readonly samplesPerPoint: number;
  readonly points: Summary;
}

/** Charge of a span. */
export interface SpanSum {
  /** µA times samples, of those that are there. */
  readonly sumUa: number;
  readonly valid: number;
  readonly clipped: number;
}

/** Reads any part of a trace without reading the rest. */
export class TraceReader {
  readonly header: TraceHeader;
  /** Undefined when its writer died. */
  readonly footer: TraceFooter | undefined;
  readonly samples: number;
  readonly #source: ByteSource;
  readonly #groups: readonly TraceGroup[];
  /** Made when samples are read: windows of summaries need none. */
  #table: ValueTable | undefined;
  readonly #clip: ClipMark;

  private constructor(source: ByteSource, index: TraceIndex) {
    this.#source = source;
    this.header = index.header;
    this.footer = index.footer;
    this.samples = index.samples;
    this.#groups = index.groups;
    this.#clip = clipMark(index.header.meter.coding);
  }

  /** @throws Error that says what is wrong with the bytes */
  static async open(source: ByteSource): Promise<TraceReader> {
    return new TraceReader(source, await readIndex(source));
  }

  /** At most about `points` buckets over a span, each exact; they begin at a multiple of their size. */
  async window({ from, to }: SampleSpan, points: number): Promise<TraceWindow> {
    const end = Math.min(to, this.samples);
    const wanted = Math.max(1, (end - from) / points);
    const level = Math.min(levelCount(this.header.chunkSamples), levelBelow(wanted));
    const unit = level < 0 ? 1 : BUCKET_SAMPLES * LEVEL_FACTOR ** level;
    const samplesPerPoint = unit * Math.ceil(wanted / unit);
    const firstSample = Math.floor(from / samplesPerPoint) * samplesPerPoint;
    const span = {
      from: firstSample,
      to: Math.min(this.samples, Math.ceil(end / samplesPerPoint) * samplesPerPoint),
    };
    if (level < 0)
      return { firstSample, samplesPerPoint, points: await this.#rawPoints(span, samplesPerPoint) };
    const buckets = await this.#buckets(level, span);
    return { firstSample, samplesPerPoint, points: buckets.folded(samplesPerPoint / unit) };
  }

  /** The sum over a span: from summaries, but for the samples before its first and after its last whole bucket. */
  async sum({ from, to }: SampleSpan): Promise<SpanSum> {
    const end = Math.min(to, this.samples);
    let total: SpanSum = { sumUa: 0, valid: 0, clipped: 0 };
    for (let at = from; at < end; ) {
      const part = this.#largestPart(at, end);
      const { level, until } = part;
      const span = { from: at, to: until };
      const buckets =
        level < 0 ? await this.#rawPoints(span, until - at) : await this.#buckets(level, span);
      total = added(total, buckets);
      at = until;
    }
    return total;
  }

  /** Samples as they were recorded. Read long spans in parts. */
  async raw({ from, to }: SampleSpan): Promise<SampleColumns> {
    const { chunkSamples } = this.header;
    const length = Math.max(0, Math.min(to, this.samples) - from);
    const codes = new Uint32Array(length);
    const digital = new Uint8Array(length);
    for (let at = from; at < from + length; ) {
      const first = Math.floor(at / chunkSamples) * chunkSamples;
      const chunk = await this.#chunk(first);
      const until = Math.min(from + length, first + chunk.codes.length);
      codes.set(chunk.codes.subarray(at - first, until - first), at - from);
      digital.set(chunk.digital.subarray(at - first, until - first), at - from);
      if (until <= at) throw new Error(`sample ${at} is in no chunk`);
      at = until;
    }
    return { codes, digital, currentUa: this.#values(codes) };
  }

  #values(codes: Uint32Array): Float32Array {
    this.#table ??= valueTable(this.header.meter.coding);
    const table = this.#table;
    if (!table) return new Float32Array(codes.buffer);
    const values = new Float32Array(codes.length);
    for (let i = 0; i < codes.length; i++) values[i] = table[codes[i] ?? 0] ?? Number.NaN;
    return values;
  }

  /** The part from `at` on that whole buckets of one level cover, of the highest level that can begin here. */
  #largestPart(at: number, end: number): { level: number; until: number } {
    for (let level = levelCount(this.header.chunkSamples); level >= 0; level--) {
      const size = BUCKET_SAMPLES * LEVEL_FACTOR ** level;
      if (at % size !== 0 || at + size > end) continue;
      const above =
        level === levelCount(this.header.chunkSamples)
          ? end
          : nextMultiple(at, size * LEVEL_FACTOR);
      return { level, until: Math.min(Math.floor(end / size) * size, above) };
    }
    return { level: -1, until: Math.min(end, nextMultiple(at, BUCKET_SAMPLES)) };
  }

  async #rawPoints(span: SampleSpan, bucketSamples: number): Promise<Summary> {
    const columns = await this.raw(span);
    return summarize(columns, columns.codes.length, { bucketSamples, clip: this.#clip });
  }

  /** Buckets of a level over a span that begins with one. */
  async #buckets(level: number, { from, to }: SampleSpan): Promise<Summary> {
    const size = BUCKET_SAMPLES * LEVEL_FACTOR ** level;
    const pieceSamples = this.header.chunkSamples * (level === 0 ? 1 : GROUP_CHUNKS);
    const all = new Summary(Math.ceil((to - from) / size));
    const pieces = Array.from(
      { length: Math.ceil(to / pieceSamples) - Math.floor(from / pieceSamples) },
      (_, i) => (Math.floor(from / pieceSamples) + i) * pieceSamples,
    );
    await Promise.all(
      pieces.map(async (first) => {
        const begin = Math.max(from, first);
        const end = Math.min(to, first + pieceSamples, this.samples);
        const range = [(begin - first) / size, Math.ceil((end - first) / size)] as const;
        const part =
          level === 0
            ? await this.#chunkBuckets(first, range)
            : await this.#group(first).level(level, ...range);
        all.copy(part, (begin - from) / size, [0, part.length]);
      }),
    );
    return all;
  }

  async #chunkBuckets(first: number, [from, to]: readonly [number, number]): Promise<Summary> {
    const at = this.#chunkPlace(first);
    const { samples } = await headAt(this.#source, at, TAG.chunk);
    const whole = await this.#summaryAt(at, samples);
    const part = new Summary(to - from);
    part.copy(whole, 0, [from, to]);
    return part;
  }

  async #summaryAt(at: number, samples: number): Promise<Summary> {
    const length = Math.ceil(samples / BUCKET_SAMPLES);
    const bytes = await this.#source.read(at + BLOCK_HEAD_BYTES, Summary.byteLength(length));
    return new Summary(length, aligned(bytes));
  }

  async #chunk(first: number): Promise<{ codes: Uint32Array; digital: Uint8Array }> {
    const at = this.#chunkPlace(first);
    const head = await headAt(this.#source, at, TAG.chunk);
    const payload = aligned(await this.#source.read(at + BLOCK_HEAD_BYTES, head.bytes));
    if (crc32(payload) !== head.crc || head.samples > this.header.chunkSamples)
      throw new Error(`the chunk at byte ${at} is damaged`);
    const steps = Math.ceil(head.samples / STEP);
    const widthsAt = Summary.byteLength(Math.ceil(head.samples / BUCKET_SAMPLES));
    const ofCodes = payload.subarray(widthsAt, widthsAt + steps);
    const ofLines = payload.subarray(widthsAt + steps, widthsAt + 2 * steps);
    const wordsAt = widthsAt + ((2 * steps + 3) & ~3);
    const words = new Uint32Array(
      payload.buffer,
      payload.byteOffset + wordsAt,
      (payload.length - wordsAt) >> 2,
    );
    const codes = new Uint32Array(steps * STEP);
    const digital = new Uint8Array(steps * STEP);
    unpackColumn({ widths: ofCodes, words }, codes);
    unpackColumn({ widths: ofLines, words: words.subarray(packedWords(ofCodes)) }, digital);
    return { codes: codes.subarray(0, head.samples), digital: digital.subarray(0, head.samples) };
  }

  #group(first: number): TraceGroup {
    const group = this.#groups[Math.floor(first / (this.header.chunkSamples * GROUP_CHUNKS))];
    if (!group) throw new Error(`sample ${first} is in no group`);
    return group;
  }

  #chunkPlace(first: number): number {
    const { firstSample, chunkPlaces } = this.#group(first);
    const place = chunkPlaces[(first - firstSample) / this.header.chunkSamples];
    if (place === undefined) throw new Error(`sample ${first} is in no chunk`);
    return place;
  }
}

/** The highest level whose buckets are not larger; below 0 when none is. */
function levelBelow(samples: number): number {
  return Math.floor(Math.log2(samples / BUCKET_SAMPLES) / Math.log2(LEVEL_FACTOR) + 1e-9);
}

const nextMultiple = (at: number, size: number): number => (Math.floor(at / size) + 1) * size;

function added(total: SpanSum, { mean, valid, clipped, length }: Summary): SpanSum {
  let { sumUa, valid: count, clipped: limit } = total;
  for (let i = 0; i < length; i++) {
    const there = valid[i] ?? 0;
    if (there > 0) sumUa += (mean[i] ?? 0) * there;
    count += there;
    limit += clipped[i] ?? 0;
  }
  return { sumUa, valid: count, clipped: limit };
}
