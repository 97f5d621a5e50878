/** The middle of the values; the mean of the two in the middle when their number is even. NaN for none. */
export function medianOf(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Median of the distances from the median: a spread that single outliers do not move. */
export function deviationOf(values: readonly number[], median = medianOf(values)): number {
  return medianOf(values.map((value) => Math.abs(value - median)));
}
