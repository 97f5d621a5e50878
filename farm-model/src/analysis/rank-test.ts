import { twoSidedTail } from './normal.js';

/** Above so many values the sum of the ranks is Gaussian. */
const MAX_EXACT = 60;

/**
 * Chance that two samples of one distribution differ as much as these, either way (Mann and Whitney): by the distribution of
 * the rank sum over all ways to divide the values, so ties and few values cost nothing.
 */
export function rankTest(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1;
  const ranks = doubledRanks([...a, ...b]);
  const sum = ranks.slice(0, a.length).reduce((total, rank) => total + rank, 0);
  const mean = a.length * (ranks.length + 1);
  return ranks.length <= MAX_EXACT
    ? exactTail(ranks, a.length, Math.abs(sum - mean))
    : gaussianTail(ranks, a.length, Math.abs(sum - mean));
}

/** Twice the rank of each value; equal ones share their middle rank, which may be a half. */
function doubledRanks(values: readonly number[]): number[] {
  return values.map((value) => {
    let below = 0;
    let equal = 0;
    for (const other of values) {
      if (other < value) below++;
      else if (other === value) equal++;
    }
    return 2 * below + equal + 1;
  });
}

/** Share of all choices of `size` ranks whose sum is at least `distance` from the mean. */
function exactTail(ranks: readonly number[], size: number, distance: number): number {
  const most = ranks.reduce((total, rank) => total + rank, 0);
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(most + 1));
  const [none] = ways;
  if (none) none[0] = 1;
  for (const rank of ranks)
    for (let n = size; n > 0; n--) {
      const into = ways[n];
      const from = ways[n - 1];
      if (!into || !from) continue;
      for (let sum = most; sum >= rank; sum--)
        into[sum] = (into[sum] ?? 0) + (from[sum - rank] ?? 0);
    }
  const mean = size * (ranks.length + 1);
  let far = 0;
  let all = 0;
  for (const [sum, count] of (ways[size] ?? new Float64Array()).entries()) {
    all += count;
    if (Math.abs(sum - mean) >= distance) far += count;
  }
  return far / all;
}

function gaussianTail(ranks: readonly number[], size: number, distance: number): number {
  const n = ranks.length;
  const square = ranks.reduce((total, rank) => total + (rank - n - 1) ** 2, 0);
  if (square === 0) return 1;
  const variance = (size * (n - size) * square) / (n * (n - 1));
  return twoSidedTail(Math.max(0, distance - 1) / Math.sqrt(variance));
}

/** The shift between two samples: the median of all differences between their values (Hodges and Lehmann). */
export function differencesOf(from: readonly number[], to: readonly number[]): number[] {
  return from.flatMap((a) => to.map((b) => b - a));
}
