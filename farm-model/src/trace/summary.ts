/** Samples of the smallest bucket, and buckets of one level that make one of the next. */
export const BUCKET_SAMPLES = 256;
export const LEVEL_FACTOR = 8;
/** min, max, mean: float32; valid, clipped: uint32; high, low: one byte. */
const ENTRY_BYTES = 22;

/** A column for each property of buckets that follow each other: as many numbers, no object per bucket. */
export class Summary {
  readonly length: number;
  /** In µA, of the samples that are there; NaN when there are none. */
  readonly min: Float32Array;
  readonly max: Float32Array;
  readonly mean: Float32Array;
  /** How many samples are there. */
  readonly valid: Uint32Array;
  readonly clipped: Uint32Array;
  /** Lines that were high at some sample, and lines that were high at all. */
  readonly high: Uint8Array;
  readonly low: Uint8Array;
  readonly bytes: Uint8Array;

  /** @param bytes - as many as {@link Summary.byteLength} says, at an offset that four divides */
  constructor(length: number, bytes: Uint8Array = new Uint8Array(Summary.byteLength(length))) {
    const column = 4 * length;
    const { buffer, byteOffset } = bytes;
    this.length = length;
    this.bytes = bytes;
    this.min = new Float32Array(buffer, byteOffset, length);
    this.max = new Float32Array(buffer, byteOffset + column, length);
    this.mean = new Float32Array(buffer, byteOffset + 2 * column, length);
    this.valid = new Uint32Array(buffer, byteOffset + 3 * column, length);
    this.clipped = new Uint32Array(buffer, byteOffset + 4 * column, length);
    this.high = new Uint8Array(buffer, byteOffset + 5 * column, length);
    this.low = new Uint8Array(buffer, byteOffset + 5 * column + length, length);
  }

  static byteLength(length: number): number {
    return Math.ceil((ENTRY_BYTES * length) / 4) * 4;
  }

  /** Copies `from` … `to` of another to `at`. */
  copy(other: Summary, at: number, [from, to]: readonly [number, number]): void {
    this.min.set(other.min.subarray(from, to), at);
    this.max.set(other.max.subarray(from, to), at);
    this.mean.set(other.mean.subarray(from, to), at);
    this.valid.set(other.valid.subarray(from, to), at);
    this.clipped.set(other.clipped.subarray(from, to), at);
    this.high.set(other.high.subarray(from, to), at);
    this.low.set(other.low.subarray(from, to), at);
  }

  /** Makes bucket `at` of others' buckets `from` … `to`. */
  fold(other: Summary, at: number, [from, to]: readonly [number, number]): void {
    let [min, max, sum, valid, clipped] = [Number.NaN, Number.NaN, 0, 0, 0];
    let [high, low] = [0, 255];
    for (let i = from; i < to; i++) {
      high |= other.high[i] ?? 0;
      low &= other.low[i] ?? 0;
      const count = other.valid[i] ?? 0;
      if (count === 0) continue;
      const [least = 0, most = 0] = [other.min[i], other.max[i]];
      if (!(min <= least)) min = least;
      if (!(max >= most)) max = most;
      sum += (other.mean[i] ?? 0) * count;
      valid += count;
      clipped += other.clipped[i] ?? 0;
    }
    this.min[at] = min;
    this.max[at] = max;
    this.mean[at] = valid === 0 ? Number.NaN : sum / valid;
    this.valid[at] = valid;
    this.clipped[at] = clipped;
    this.high[at] = high;
    this.low[at] = low;
  }

  /** The next level of our first `count`: each bucket of `factor` of ours; the last may have fewer. */
  folded(factor: number, count = this.length): Summary {
    const next = new Summary(Math.ceil(count / factor));
    for (let i = 0; i < next.length; i++)
      next.fold(this, i, [i * factor, Math.min(count, (i + 1) * factor)]);
    return next;
  }
}

/** Columns of samples. */
export interface SampleColumns {
  readonly codes: Uint32Array;
  readonly currentUa: Float32Array;
  readonly digital: Uint8Array;
}

/** By which codes an instrument says that it is at its limit. */
export interface ClipMark {
  readonly mask: number;
  readonly code: number;
}

/** Buckets of `bucketSamples` of the first `count` samples. */
export function summarize(
  columns: SampleColumns,
  count: number,
  { bucketSamples, clip }: { bucketSamples: number; clip: ClipMark },
): Summary {
  const summary = new Summary(Math.ceil(count / bucketSamples));
  for (let i = 0; i < summary.length; i++)
    summarizeBucket(columns, summary, i, {
      from: i * bucketSamples,
      to: Math.min(count, (i + 1) * bucketSamples),
      clip,
    });
  return summary;
}

function summarizeBucket(
  { codes, currentUa, digital }: SampleColumns,
  into: Summary,
  at: number,
  { from, to, clip }: { from: number; to: number; clip: ClipMark },
): void {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let [sum, valid, clipped, high, low] = [0, 0, 0, 0, 255];
  for (let i = from; i < to; i++) {
    const value = currentUa[i] ?? 0;
    const lines = digital[i] ?? 0;
    high |= lines;
    low &= lines;
    if (!Number.isNaN(value)) {
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
      valid++;
      if (((codes[i] ?? 0) & clip.mask) === clip.code) clipped++;
    }
  }
  into.min[at] = valid === 0 ? Number.NaN : min;
  into.max[at] = valid === 0 ? Number.NaN : max;
  into.mean[at] = valid === 0 ? Number.NaN : sum / valid;
  into.valid[at] = valid;
  into.clipped[at] = clipped;
  into.high[at] = high;
  into.low[at] = low;
}
