import { hex, type ImageBytes } from './image-bytes.js';
import type { ImageSection } from './image-info.js';

/** Bytes and where they go. */
export interface LoadRange {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly flags?: string;
}

/** What each reader gets out of its format. */
export interface ParsedImage {
  readonly ranges: readonly LoadRange[];
  readonly entry?: number;
  readonly sections?: readonly ImageSection[];
  readonly machine?: string;
  readonly targetName?: string;
  readonly familyId?: number;
}

/** More separate ranges than this is no firmware: flash tools erase per range. */
export const MAX_RANGES = 4096;
/** Addresses are 32 bits wide. */
export const ADDRESS_END = 2 ** 32;

const LINK_REMEDY = 'Check the linker script.';

/**
 * Sorts ranges and joins neighbours. Nothing is ever padded: memory use follows the size
 * of the file, however far apart its addresses lie.
 */
export function mergeRanges(file: ImageBytes, ranges: readonly LoadRange[]): LoadRange[] {
  const sorted = withoutRepeats(
    ranges
      .filter((range) => range.bytes.length > 0)
      .sort((a, b) => a.address - b.address || b.bytes.length - a.bytes.length),
  );
  checkRanges(file, sorted);
  const merged = groupNeighbours(sorted).map(joinGroup);
  if (merged.length > MAX_RANGES) {
    const what = `it fills ${merged.length} separate ranges, more than ${MAX_RANGES}`;
    throw file.unsupported(0, what, LINK_REMEDY);
  }
  return merged;
}

/**
 * Tools that join images write what these share twice. The same bytes at the same address are no contradiction: the
 * second time is left out. Sections of an ELF file are not cut: each has its own flags.
 */
function withoutRepeats(sorted: readonly LoadRange[]): readonly LoadRange[] {
  const kept: LoadRange[] = [];
  for (const range of sorted) {
    const last = kept.at(-1);
    const covered = last ? Math.min(endOf(last), endOf(range)) - range.address : 0;
    if (covered <= 0 || range.flags !== undefined || !isRepeat(kept, range, covered)) {
      kept.push(range);
    } else if (covered < range.bytes.length) {
      const rest = { address: range.address + covered, bytes: range.bytes.subarray(covered) };
      kept.push(rest);
    }
  }
  return kept;
}

/** Whether the first `size` bytes of a range are loaded already. What is looked at is never more than these. */
function isRepeat(
  kept: readonly LoadRange[],
  { address, bytes }: LoadRange,
  size: number,
): boolean {
  let end = address + size;
  for (let i = kept.length - 1; end > address; i--) {
    const range = kept[i];
    if (!range || endOf(range) < end) {
      return false;
    }
    const start = Math.max(range.address, address);
    const here = Buffer.from(bytes.subarray(start - address, end - address));
    if (!here.equals(range.bytes.subarray(start - range.address, end - range.address))) {
      return false;
    }
    end = start;
  }
  return true;
}

function checkRanges(file: ImageBytes, sorted: readonly LoadRange[]): void {
  if (sorted.length === 0) {
    throw file.broken(0, 'it holds nothing to load', 'Check that the build linked an application.');
  }
  let total = 0;
  let end = 0;
  for (const range of sorted) {
    if (range.address < end) {
      const what = `two parts are loaded to the same address ${hex(range.address)}`;
      throw file.broken(0, what, LINK_REMEDY);
    }
    end = range.address + range.bytes.length;
    total += range.bytes.length;
  }
  // Thousands of headers may point at the same bytes of a small file.
  if (total > file.size) {
    throw file.broken(0, `it loads ${hex(total)} bytes out of ${hex(file.size)}`);
  }
  if (end > ADDRESS_END) {
    throw file.broken(0, `it is loaded beyond the last address, up to ${hex(end)}`, LINK_REMEDY);
  }
}

function groupNeighbours(sorted: readonly LoadRange[]): LoadRange[][] {
  const groups: LoadRange[][] = [];
  let last: LoadRange | undefined;
  for (const range of sorted) {
    const joins = last && endOf(last) === range.address && last.flags === range.flags;
    if (joins) {
      groups.at(-1)?.push(range);
    } else {
      groups.push([range]);
    }
    last = range;
  }
  return groups;
}

function endOf(range: LoadRange): number {
  return range.address + range.bytes.length;
}

function joinGroup(group: readonly LoadRange[]): LoadRange {
  const [first, ...rest] = group;
  if (first === undefined) {
    throw new RangeError('a group of ranges is never empty');
  }
  if (rest.length === 0) {
    return first;
  }
  return { ...first, bytes: Buffer.concat(group.map((range) => range.bytes)) };
}
