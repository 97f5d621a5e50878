import fc from 'fast-check';

/** The same bytes cut at every byte. */
export function bytewise(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
}

/** The same bytes cut at the given places, in any order and number. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  const edges = [0, ...cuts, bytes.length];
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
}

/** Places to cut a text at. */
export const cuts = fc.array(fc.nat({ max: 1_000_000 }), { maxLength: 30 });

/** Random cuts that are the same on every execution. */
export function seededCuts(seed: number): number[] {
  return fc.sample(cuts, { seed, numRuns: 1 })[0] ?? [];
}
