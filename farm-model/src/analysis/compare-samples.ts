import { medianOf } from '../median.js';
import { differencesOf, rankTest } from './rank-test.js';
import { seededRandom } from './synthetic-series.js';

const RESAMPLES = 2_000;
const CONFIDENCE = 0.95;
/** More than these tell nothing more, and their differences are squares of them. */
const MAX_SAMPLES = 500;
/** A gap between neighbours divides a sample when it is so much wider than they usually lie apart, and than the rest spreads. */
const MODE_GAP = 0.35;
const LEAST_MODE = 0.15;
const MIN_FOR_MODES = 6;

export interface SampleSide {
  readonly n: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Medians of the groups that its values form; one for most. */
  readonly modes: readonly number[];
}

export interface SampleComparison {
  readonly a: SampleSide;
  readonly b: SampleSide;
  /** From the first to the second, and the interval that has it with 95 %. */
  readonly shift: number;
  readonly interval: readonly [low: number, high: number];
  /** Cliff's delta: by how much more often the second is larger than smaller; −1 to 1. */
  readonly effect: number;
  readonly p: number;
}

/** Compares what two builds measured. The same samples always give the same answer. */
export function compareSamples(
  first: readonly number[],
  second: readonly number[],
): SampleComparison {
  const a = first.slice(-MAX_SAMPLES);
  const b = second.slice(-MAX_SAMPLES);
  const differences = differencesOf(a, b);
  const sign = differences.reduce((sum, one) => sum + Math.sign(one), 0);
  return {
    a: sideOf(a),
    b: sideOf(b),
    shift: medianOf(differences),
    interval: bootstrap(a, b),
    effect: sign / differences.length,
    p: rankTest(a, b),
  };
}

function sideOf(values: readonly number[]): SampleSide {
  const sorted = [...values].sort((x, y) => x - y);
  return {
    n: sorted.length,
    median: medianOf(sorted),
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    modes: modesOf(sorted),
  };
}

/** Where the widest gap leaves two groups that deserve the name, their medians; else the median. */
function modesOf(sorted: readonly number[]): number[] {
  const n = sorted.length;
  const whole = [medianOf(sorted)];
  if (n < MIN_FOR_MODES) return whole;
  const least = Math.max(2, Math.ceil(n * LEAST_MODE));
  let at = 0;
  let widest = 0;
  for (let i = least; i <= n - least; i++) {
    const gap = (sorted[i] ?? 0) - (sorted[i - 1] ?? 0);
    if (gap > widest) [at, widest] = [i, gap];
  }
  const range = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
  if (widest <= range * MODE_GAP) return whole;
  return [medianOf(sorted.slice(0, at)), medianOf(sorted.slice(at))];
}

/** The interval of the difference of the medians, by drawing both samples again and again from themselves. */
function bootstrap(a: readonly number[], b: readonly number[]): [number, number] {
  if (new Set(a).size === 1 && new Set(b).size === 1) {
    const shift = (b[0] ?? 0) - (a[0] ?? 0);
    return [shift, shift];
  }
  const random = seededRandom(a.length * 65_537 + b.length);
  const drawn = (values: readonly number[]) =>
    medianOf(values.map(() => values[Math.floor(random() * values.length)] ?? 0));
  const shifts = Float64Array.from({ length: RESAMPLES }, () => drawn(b) - drawn(a)).sort();
  const tail = Math.round((RESAMPLES * (1 - CONFIDENCE)) / 2);
  return [shifts[tail] ?? 0, shifts[RESAMPLES - 1 - tail] ?? 0];
}
