import { MIN_SIDE } from './split-search.js';

/** From so many values on the ranks alone tell a break as early. */
const MAX_VALUES = 32;

/** When a shift is believed without a test. */
export interface BreakRule {
  /** What it must exceed: a count, for values that repeat but for one. */
  readonly minShift: number;
  /** Fewest values that it needs. */
  readonly minValues: number;
}

/**
 * A break that needs no test: all values of one side lie apart from all of the other, by more than either side spreads. For
 * windows so short that ranks cannot rule out chance. Answers where the right side begins.
 */
export function clearBreak(values: Float64Array, rule: BreakRule): number | undefined {
  const n = values.length;
  if (n < rule.minValues || n >= MAX_VALUES) return undefined;
  for (let at = MIN_SIDE; at <= n - MIN_SIDE; at++) {
    const [leftLow, leftHigh] = rangeOf(values.subarray(0, at));
    const [rightLow, rightHigh] = rangeOf(values.subarray(at));
    const gap = Math.max(rightLow - leftHigh, leftLow - rightHigh);
    const spread = Math.max(leftHigh - leftLow, rightHigh - rightLow);
    if (gap > rule.minShift && gap > spread) return at;
  }
  return undefined;
}

function rangeOf(values: Float64Array): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
