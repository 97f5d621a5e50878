import { normalQuantile } from './normal.js';

/*
 * The search for the one split of a window that sets its two sides apart the most.
 *
 * Values count by their rank only, as normal scores (van der Waerden): on Gaussian noise this loses next to nothing
 * against a t-test, and under any other noise the distribution of the statistic is the same, outliers and heavy tails
 * or not. For one split it is the standardised difference of the sides' mean scores; the maximum over all splits is what the
 * levels in split-levels.ts are for. Neighbours that resemble each other (drift, thermal memory) carry less news than
 * independent ones: the statistic is divided by what an AR(1) process of the residuals' correlation would make of it.
 */

/** Points that each side has at least: fewer may be outliers. */
export const MIN_SIDE = 3;

/** What a split costs in strength less when a side is this short: early news is worth a part of the false alarms. */
const SHORT_SIDE: readonly number[] = [1, 1, 1, 0.85, 0.92, 0.96];
/** Correlation that is taken for chance. */
const FREE_CORRELATION = 0.1;
const MAX_CORRELATION = 0.9;
/** Residuals of a fit correlate less than the noise does, by about this over their number. */
const FIT_BIAS = 3;
/** Where levels spread the values this much more (in variance) than their neighbours differ, it is levels and no memory. */
const LEVELS_DOMINATE = 3;
const MAX_LEVEL_CORRELATION = 0.15;

export interface Split {
  /** First point of the right side. */
  readonly at: number;
  readonly strength: number;
}

const tables = new Map<number, Float64Array>();

/** Normal scores of the half ranks 0, ½, 1 … of `n` values, scaled so that those of distinct ranks have variance 1. */
function scoreTable(n: number): Float64Array {
  const known = tables.get(n);
  if (known) return known;
  const table = new Float64Array(2 * n + 1);
  let square = 0;
  for (let half = 1; half <= 2 * n; half++) {
    const score = normalQuantile(half / (2 * (n + 1)));
    table[half] = score;
    if (half % 2 === 0) square += score * score;
  }
  const scale = Math.sqrt(n / square);
  for (let half = 0; half <= 2 * n; half++) table[half] = (table[half] ?? 0) * scale;
  tables.set(n, table);
  return table;
}

/** Scores by rank; equal values share the score of their middle rank. */
export function normalScores(values: Float64Array): Float64Array {
  const n = values.length;
  const table = scoreTable(n);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  order.sort((a, b) => at(values, a) - at(values, b));
  const scores = new Float64Array(n);
  for (let from = 0; from < n; ) {
    let to = from + 1;
    while (to < n && at(values, at(order, to)) === at(values, at(order, from))) to++;
    // Ranks from + 1 … to: twice their middle.
    const score = at(table, from + 1 + to);
    for (let i = from; i < to; i++) scores[at(order, i)] = score;
    from = to;
  }
  return scores;
}

/** The strongest split; undefined when no side would be long enough. */
export function strongestSplit(values: Float64Array): Split | undefined {
  const n = values.length;
  if (n < 2 * MIN_SIDE) return undefined;
  const scores = normalScores(values);
  const memory = new Memory(scores, levelCorrelation(values));
  let best: Split | undefined;
  let sum = 0;
  for (let k = 1; k <= n - MIN_SIDE; k++) {
    sum += at(scores, k - 1);
    if (k < MIN_SIDE) continue;
    const side = Math.min(k, n - k);
    const raw = Math.abs(sum) / Math.sqrt((k * (n - k)) / (n - 1)) / (SHORT_SIDE[side] ?? 1);
    // What memory does can only weaken it.
    if (best && raw <= best.strength) continue;
    const strength = raw / Math.sqrt(inflation(memory.correlation(k, sum), side));
    if (!best || strength > best.strength) best = { at: k, strength };
  }
  return best;
}

/** Longest and shortest stay at another level that is looked for as such. */
const MAX_STAY = 24;
const MIN_STAY = 5;

/** Where the values go to another level and come back: no single split sets such sides apart. */
export interface Stay {
  readonly from: number;
  readonly to: number;
  readonly strength: number;
}

/** The strongest stay at another level, between {@link MIN_STAY} and {@link MAX_STAY} values long. */
export function strongestStay(values: Float64Array): Stay | undefined {
  const n = values.length;
  const scores = normalScores(values);
  const memory = levelCorrelation(values) ?? 0;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = at(sums, i) + at(scores, i);
  let best: Stay | undefined;
  for (let length = MIN_STAY; length <= Math.min(MAX_STAY, n >> 1); length++) {
    const scale = Math.sqrt(((length * (n - length)) / (n - 1)) * inflation(memory, length));
    for (let from = MIN_SIDE; from + length <= n - MIN_SIDE; from++) {
      const strength = Math.abs(at(sums, from + length) - at(sums, from)) / scale;
      if (!best || strength > best.strength) best = { from, to: from + length, strength };
    }
  }
  return best;
}

/** By how much the variance of the mean of `n` neighbours exceeds that of independent ones. */
function inflation(rho: number, n: number): number {
  if (rho === 0) return 1;
  return (1 + rho) / (1 - rho) - (2 * rho * (1 - rho ** n)) / (n * (1 - rho) ** 2);
}

/** How much neighbours resemble each other, once the two sides of a split are set to one level. */
class Memory {
  readonly #scores: Float64Array;
  /** Sums of the products of neighbours, up to each index. */
  readonly #products: Float64Array;
  readonly #given: number | undefined;

  constructor(scores: Float64Array, given: number | undefined) {
    this.#scores = scores;
    this.#given = given;
    this.#products = new Float64Array(scores.length);
    for (let i = 1; i < scores.length; i++)
      this.#products[i] = at(this.#products, i - 1) + at(scores, i - 1) * at(scores, i);
  }

  /** @param sum - of the first `k` scores */
  correlation(k: number, sum: number): number {
    if (this.#given !== undefined) return this.#given;
    const n = this.#scores.length;
    const left = sum / k;
    const right = -sum / (n - k);
    const ofLeft =
      at(this.#products, k - 1) -
      left * (2 * sum - at(this.#scores, 0) - at(this.#scores, k - 1)) +
      (k - 1) * left * left;
    const ofRight =
      at(this.#products, n - 1) -
      at(this.#products, k) -
      right * (-2 * sum - at(this.#scores, k) - at(this.#scores, n - 1)) +
      (n - k - 1) * right * right;
    const rest = n - k * left * left - (n - k) * right * right;
    if (rest <= 0) return 0;
    const rho = (ofLeft + ofRight) / (n - 2) / (rest / n) + FIT_BIAS / n;
    return clamped(rho - FREE_CORRELATION);
  }
}

/**
 * Several levels in one window look like memory to whoever removes one step only. Where they dominate, the correlation
 * comes from differences between neighbours, most of which know nothing of levels. Undefined where they do not.
 */
function levelCorrelation(values: Float64Array): number | undefined {
  const near = medianStep(values, 1);
  if (near === 0) return undefined;
  const sorted = values.slice().sort();
  const tenth = Math.floor(sorted.length / 10);
  const spread = (at(sorted, sorted.length - 1 - tenth) - at(sorted, tenth)) / 2.563;
  const noise = near / 0.954;
  if ((spread / noise) ** 2 <= LEVELS_DOMINATE) return undefined;
  return Math.min(
    MAX_LEVEL_CORRELATION,
    clamped((medianStep(values, 2) / near) ** 2 - 1 - FREE_CORRELATION),
  );
}

function medianStep(values: Float64Array, lag: number): number {
  const steps = new Float64Array(values.length - lag);
  for (let i = 0; i < steps.length; i++) steps[i] = Math.abs(at(values, i + lag) - at(values, i));
  steps.sort();
  return at(steps, steps.length >> 1);
}

function clamped(rho: number): number {
  return Math.min(MAX_CORRELATION, Math.max(0, rho));
}

/** For indexes that are known to be inside. */
function at(values: { readonly [i: number]: number | undefined }, i: number): number {
  return values[i] ?? 0;
}
