import type { MetricKind } from '@greenrack/farm-protocol';
import { medianOf } from '../median.js';
import { differencesOf, rankTest } from './rank-test.js';

/** Pairs of runs after which a change is judged; the last look decides. */
export const PAIRS_OF_LOOKS: readonly number[] = [5, 10, 20];
/** What a real change reaches at one of the looks: all five pairs apart, at the first. */
const CONFIRM_LEVEL = 0.008;
/** With as much chance as this it is not worth another look. */
const HOPELESS = 0.5;
const ONE_COUNT = 1;

/** What interleaved runs of two images measured. */
export interface Interleaved {
  readonly kind: MetricKind;
  readonly good: readonly number[];
  readonly bad: readonly number[];
  /** What is to be confirmed: the second has the larger values. */
  readonly rises: boolean;
  /** Metrics that are judged by the same runs. Default 1. */
  readonly among?: number;
}

export interface Confirmation {
  /** `more`: too close to call, further pairs would tell. */
  readonly outcome: 'confirmed' | 'refuted' | 'more';
  readonly p: number;
  readonly shift: number;
}

/** How many pairs the first look needs. */
export const firstPairs = (kind: MetricKind): number =>
  kind === 'exact' ? 1 : (PAIRS_OF_LOOKS[0] ?? 1);

/** Whether interleaved runs confirm a change. Both images need a value at least. */
export function confirmationOf(runs: Interleaved): Confirmation {
  const { kind, good, bad, rises } = runs;
  const shift = medianOf(differencesOf(good, bad));
  const isSo = shift !== 0 && shift > 0 === rises;
  if (kind === 'exact') return { ...exactly(runs, isSo), shift };
  const pairs = Math.min(good.length, bad.length);
  const p = rankTest(good, bad);
  if (pairs < firstPairs(kind)) return { outcome: 'more', p, shift };
  const tooSmall = kind === 'near-exact' && Math.abs(shift) <= ONE_COUNT;
  if (!isSo || tooSmall || p > HOPELESS) return { outcome: 'refuted', p, shift };
  if (p <= CONFIRM_LEVEL / (runs.among ?? 1)) return { outcome: 'confirmed', p, shift };
  const isLast = pairs >= (PAIRS_OF_LOOKS.at(-1) ?? 0);
  return { outcome: isLast ? 'refuted' : 'more', p, shift };
}

/** One run of each shows it, as long as no image measures two different values. */
function exactly({ good, bad }: Interleaved, isSo: boolean): Pick<Confirmation, 'outcome' | 'p'> {
  const repeats = new Set(good).size === 1 && new Set(bad).size === 1;
  return repeats && isSo ? { outcome: 'confirmed', p: 0 } : { outcome: 'refuted', p: 1 };
}

/** Pairs that the next look needs beside those that there are; 0 when there is none. */
export function morePairs(pairs: number): number {
  return (PAIRS_OF_LOOKS.find((look) => look > pairs) ?? pairs) - pairs;
}
