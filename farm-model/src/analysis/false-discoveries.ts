/**
 * Which of many findings to keep so that about a share `q` of those kept is false (Benjamini and Hochberg): the more series
 * are looked at, the more each must show.
 */
export function keptFindings(ps: readonly number[], q: number): boolean[] {
  const sorted = [...ps].sort((a, b) => a - b);
  const last = sorted.findLastIndex((p, i) => p <= (q * (i + 1)) / ps.length);
  const limit = sorted[last] ?? -1;
  return ps.map((p) => p <= limit);
}
