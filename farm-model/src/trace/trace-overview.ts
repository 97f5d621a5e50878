import { BUCKET_SAMPLES, LEVEL_FACTOR, Summary } from './summary.js';
import { bytesOf, GROUP_CHUNKS } from './trace-format.js';

/** Groups of one block: it stays below the longest that readers take. */
export const OVERVIEW_GROUPS = 512;
/** The finest level that an overview has. */
const FINEST = 2;
const ENTRY_NUMBERS = 3 + GROUP_CHUNKS;

/** What an overview has of a group. */
export interface OverviewGroup {
  readonly place: number;
  readonly samples: number;
  readonly firstSample: number;
  readonly chunkPlaces: Float64Array;
  /** The levels above the smallest buckets; undefined for those that are in the group alone. */
  readonly levels: readonly (Summary | undefined)[];
}

/** The entry of one group. */
export function overviewEntry({
  place,
  samples,
  firstSample,
  chunkPlaces,
  levels,
}: OverviewGroup): Uint8Array {
  const numbers = Float64Array.of(place, samples, firstSample, ...chunkPlaces);
  const coarse = levels.slice(FINEST - 1).flatMap((level) => level?.bytes ?? []);
  const length = coarse.reduce((sum, { length }) => sum + length, numbers.byteLength);
  const entry = new Uint8Array(Math.ceil(length / 8) * 8);
  entry.set(bytesOf(numbers));
  let at = numbers.byteLength;
  for (const bytes of coarse) {
    entry.set(bytes, at);
    at += bytes.length;
  }
  return entry;
}

/**
 * Reads the entries of a block.
 * @param bytes - begin where eight divides
 * @throws RangeError for bytes that are no entries
 */
export function overviewGroups(bytes: Uint8Array, levelCount: number): OverviewGroup[] {
  const groups: OverviewGroup[] = [];
  for (let at = 0; at < bytes.length; ) {
    const numbers = new Float64Array(bytes.buffer, bytes.byteOffset + at, ENTRY_NUMBERS);
    const [place = 0, samples = 0, firstSample = 0] = numbers;
    const levels: (Summary | undefined)[] = [];
    at += numbers.byteLength;
    for (let level = 1; level <= levelCount; level++) {
      const length = bucketsOf(samples, level);
      levels.push(level < FINEST ? undefined : new Summary(length, bytes.subarray(at)));
      if (level >= FINEST) at += Summary.byteLength(length);
    }
    at = Math.ceil(at / 8) * 8;
    groups.push({ place, samples, firstSample, chunkPlaces: numbers.subarray(3), levels });
  }
  return groups;
}

/** How many buckets of a level a group of so many samples has. */
export function bucketsOf(samples: number, level: number): number {
  return Math.ceil(samples / (BUCKET_SAMPLES * LEVEL_FACTOR ** level));
}
