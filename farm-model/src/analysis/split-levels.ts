import { twoSidedTail } from './normal.js';

/** Chance that a window without a change has a split at least as strong as its critical one. */
export const SPLIT_LEVEL = 0.004;

/** The shortest window in which a split can be told from chance by its ranks. */
export const MIN_WINDOW = 12;

/**
 * Critical strengths by the number of values, found by simulation of 40 000 to 120 000 windows each: the strength
 * counts ranks only, so they hold for every distribution. `npm run bench:changes` measures how well.
 */
const CRITICAL: readonly (readonly [n: number, strength: number])[] = [
  [12, 2.94],
  [16, 3.173],
  [20, 3.217],
  [24, 3.335],
  [32, 3.424],
  [40, 3.535],
  [50, 3.572],
  [64, 3.622],
  [80, 3.669],
  [100, 3.735],
  [128, 3.814],
  [160, 3.857],
  [200, 3.884],
  [256, 3.95],
];

/** The strength that {@link SPLIT_LEVEL} of all windows of `n` values without a change reach. */
export function criticalStrength(n: number): number {
  const above = CRITICAL.findIndex(([length]) => length >= n);
  const [upN, up] = CRITICAL[above < 0 ? CRITICAL.length - 1 : above] ?? [n, 0];
  const [lowN, low] = CRITICAL[above <= 0 ? CRITICAL.length - 1 : above - 1] ?? [n, 0];
  if (above <= 0 || upN === n) return up;
  const part = Math.log(n / lowN) / Math.log(upN / lowN);
  return low + (up - low) * part;
}

/** Chance of a split as strong as this, somewhere in a window of `n` values without a change. */
export function splitPValue(strength: number, n: number): number {
  const tail = twoSidedTail(strength) / twoSidedTail(criticalStrength(n));
  return Math.min(1, SPLIT_LEVEL * tail);
}
