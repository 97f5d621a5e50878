import type { ImageSegment } from '@greenrack/firmware';

/** How many erase sectors of equal size the segments touch. */
export function sectorsOf(segments: readonly ImageSegment[], sectorBytes: number): number {
  let count = 0;
  let next = 0;
  for (const { address, sizeBytes } of segments) {
    // Two segments may share a sector: it is erased once.
    const first = Math.max(Math.floor(address / sectorBytes), next);
    const end = Math.ceil((address + sizeBytes) / sectorBytes);
    count += Math.max(0, end - first);
    next = Math.max(next, end);
  }
  return count;
}
