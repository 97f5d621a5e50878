import {
  MAX_NAMED_GAPS,
  type SampleCoding,
  type TraceClock,
  type TraceFooter,
  type TraceGap,
  type TraceHeader,
} from '@greenrack/farm-protocol';
import { ColumnPacker } from './packed-column.js';
import {
  BUCKET_SAMPLES,
  type ClipMark,
  LEVEL_FACTOR,
  type SampleColumns,
  Summary,
  summarize,
} from './summary.js';
import { block, bytesOf, GROUP_CHUNKS, TAG, trailer } from './trace-format.js';
import { OVERVIEW_GROUPS, overviewEntry } from './trace-overview.js';

/** About so long a chunk may take to fill: as much is lost when the agent dies. */
const CHUNK_SECONDS = 0.7;

/** Chunk size for a rate: a power of two. */
export function chunkSamplesFor(sampleRateHz: number): number {
  const exponent = Math.ceil(Math.log2(sampleRateHz * CHUNK_SECONDS));
  return 2 ** Math.min(16, Math.max(8, exponent));
}

/** By which codes an instrument with this coding says that it is at its limit. */
export function clipMark(coding: SampleCoding): ClipMark {
  if (coding.kind === 'float32' || coding.clippedMantissa === undefined)
    return { mask: 0, code: 1 };
  return { mask: 2 ** coding.mantissaBits - 1, code: coding.clippedMantissa };
}

/** Makes a trace of samples. Its memory is that of one group, and of the summaries that stand at the end. */
export class TraceWriter {
  readonly #header: TraceHeader;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #clip: ClipMark;
  readonly #codes: Uint32Array;
  readonly #currentUa: Float32Array;
  readonly #digital: Uint8Array;
  readonly #packCodes: ColumnPacker;
  readonly #packLines: ColumnPacker;
  readonly #buckets: Summary;
  readonly #chunkPlaces = new Float64Array(GROUP_CHUNKS);
  readonly #groupPlaces: number[] = [];
  /** What is coarse of every group: 1.7 bytes for 1000 samples. */
  readonly #overview: Uint8Array[] = [];
  readonly #gaps: TraceGap[] = [];
  #unnamedGaps = 0;
  #fill = 0;
  #chunks = 0;
  #bucketCount = 0;
  #groupFirst = 0;
  #written = 0;
  #samples = 0;
  #missing = 0;
  #clipped = 0;

  /** @param write - takes each block as soon as it is whole; the bytes are its to keep */
  constructor(header: TraceHeader, write: (bytes: Uint8Array) => void) {
    const { chunkSamples } = header;
    this.#header = header;
    this.#write = write;
    this.#clip = clipMark(header.meter.coding);
    this.#codes = new Uint32Array(chunkSamples);
    this.#currentUa = new Float32Array(chunkSamples);
    this.#digital = new Uint8Array(chunkSamples);
    this.#packCodes = new ColumnPacker(chunkSamples);
    this.#packLines = new ColumnPacker(chunkSamples);
    this.#buckets = new Summary((GROUP_CHUNKS * chunkSamples) / BUCKET_SAMPLES);
    this.#put(TAG.head, 0, [new TextEncoder().encode(JSON.stringify(header))]);
  }

  get samples(): number {
    return this.#samples + this.#fill;
  }

  /** Bytes so far. */
  get bytes(): number {
    return this.#written;
  }

  push({ codes, currentUa, digital }: SampleColumns): void {
    for (let from = 0; from < codes.length; ) {
      const to = Math.min(codes.length, from + this.#header.chunkSamples - this.#fill);
      this.#codes.set(codes.subarray(from, to), this.#fill);
      this.#currentUa.set(currentUa.subarray(from, to), this.#fill);
      this.#digital.set(digital.subarray(from, to), this.#fill);
      this.#fill += to - from;
      from = to;
      if (this.#fill === this.#header.chunkSamples) this.#endChunk();
    }
  }

  gap(gap: TraceGap): void {
    if (this.#gaps.length < MAX_NAMED_GAPS) this.#gaps.push(gap);
    else this.#unnamedGaps++;
  }

  /** @returns what was written at the end */
  end(faults: readonly string[], clock?: TraceClock): TraceFooter {
    this.#endChunk();
    this.#endGroup();
    const overviews = this.#putOverviews();
    const footer: TraceFooter = {
      samples: this.#samples,
      missing: this.#missing,
      clipped: this.#clipped,
      gaps: this.#gaps,
      unnamedGaps: this.#unnamedGaps,
      faults: [...faults],
      ...(clock && { clock }),
    };
    const at = this.#written;
    const json = JSON.stringify({ groups: this.#groupPlaces, overviews, footer });
    this.#put(TAG.end, 0, [new TextEncoder().encode(json)]);
    this.#write(trailer(at));
    return footer;
  }

  #endChunk(): void {
    const count = this.#fill;
    if (count === 0) return;
    const columns = { codes: this.#codes, currentUa: this.#currentUa, digital: this.#digital };
    const settings = { bucketSamples: BUCKET_SAMPLES, clip: this.#clip };
    const summary = summarize(columns, count, settings);
    this.#count(summary, count);
    this.#buckets.copy(summary, this.#bucketCount, [0, summary.length]);
    this.#bucketCount += summary.length;
    this.#chunkPlaces[this.#chunks++] = this.#written;
    const codes = this.#packCodes.pack(this.#codes, count);
    const lines = this.#packLines.pack(this.#digital, count);
    const padding = new Uint8Array(-(codes.widths.length + lines.widths.length) & 3);
    const parts = [codes.widths, lines.widths, padding, codes.words, lines.words].map(bytesOf);
    this.#put(TAG.chunk, count, [summary.bytes, ...parts]);
    this.#samples += count;
    this.#fill = 0;
    if (this.#chunks === GROUP_CHUNKS) this.#endGroup();
  }

  #count({ valid, clipped }: Summary, count: number): void {
    let there = 0;
    for (let i = 0; i < valid.length; i++) {
      there += valid[i] ?? 0;
      this.#clipped += clipped[i] ?? 0;
    }
    this.#missing += count - there;
  }

  #endGroup(): void {
    if (this.#chunks === 0) return;
    const first = bytesOf(Float64Array.of(this.#groupFirst));
    const places = this.#chunkPlaces.fill(0, this.#chunks);
    const levels = levelsAbove(this.#buckets, this.#bucketCount, this.#header.chunkSamples);
    this.#overview.push(
      overviewEntry({
        place: this.#written,
        samples: this.#samples - this.#groupFirst,
        firstSample: this.#groupFirst,
        chunkPlaces: places,
        levels,
      }),
    );
    this.#groupPlaces.push(this.#written);
    const parts = [first, bytesOf(places), ...levels.map(({ bytes }) => bytes)];
    this.#put(TAG.group, this.#samples - this.#groupFirst, parts);
    this.#groupFirst = this.#samples;
    this.#chunks = 0;
    this.#bucketCount = 0;
  }

  #putOverviews(): number[] {
    const places: number[] = [];
    for (let at = 0; at < this.#overview.length; at += OVERVIEW_GROUPS) {
      places.push(this.#written);
      this.#put(TAG.overview, 0, this.#overview.slice(at, at + OVERVIEW_GROUPS));
    }
    return places;
  }

  #put(tag: number, samples: number, parts: readonly Uint8Array[]): void {
    const bytes = block(tag, samples, parts);
    this.#written += bytes.length;
    this.#write(bytes);
  }
}

/** How many levels there are above the smallest buckets: a bucket never reaches beyond its group. */
export function levelCount(chunkSamples: number): number {
  const buckets = (GROUP_CHUNKS * chunkSamples) / BUCKET_SAMPLES;
  return Math.floor(Math.log2(buckets) / Math.log2(LEVEL_FACTOR));
}

/** The levels above the first `count` of a group's smallest buckets. */
export function levelsAbove(buckets: Summary, count: number, chunkSamples: number): Summary[] {
  const levels = [buckets.folded(LEVEL_FACTOR, count)];
  while (levels.length < levelCount(chunkSamples)) {
    const last = levels[levels.length - 1] ?? buckets;
    levels.push(last.folded(LEVEL_FACTOR));
  }
  return levels;
}
