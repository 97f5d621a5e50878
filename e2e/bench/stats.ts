/** Quantiles of a sample. `p99` needs about a hundred values to mean anything; the count stands beside it. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

/** Nearest-rank quantile of sorted values: a value that was really measured. */
function quantile(sorted: readonly number[], q: number): number {
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1));
  return sorted[index] ?? Number.NaN;
}

export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    count: sorted.length,
    min: round(sorted[0] ?? Number.NaN),
    median: round(quantile(sorted, 0.5)),
    p99: round(quantile(sorted, 0.99)),
    max: round(sorted.at(-1) ?? Number.NaN),
  };
}

/** Three significant places are more than such a measurement can carry. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Every value less `by`. */
export function less(values: readonly number[], by: number): number[] {
  return values.map((value) => value - by);
}
