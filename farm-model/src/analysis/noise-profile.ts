import { deviationOf, medianOf } from '../median.js';

/** How a series behaves while nothing changes. */
export type NoiseProfile = 'quiet' | 'noisy' | 'bimodal' | 'drifting';

/** Under this part of its level noise is hardly any. */
const QUIET_PART = 0.0005;
/** Neighbours that resemble each other more than this drift. */
const DRIFT_CORRELATION = 0.4;
/** Values that are needed to see a shape in them. */
const MIN_VALUES = 12;
/** Two groups leave at most this part of the variance inside of them; a bell leaves 0.36, a box 0.25. */
const GROUPS_INSIDE = 0.12;
const LEAST_GROUP = 0.15;

/** The profile of the values since the last change. */
export function noiseProfileOf(regime: Float64Array): NoiseProfile {
  const values = Array.from(regime);
  const median = medianOf(values);
  if (deviationOf(values, median) <= Math.abs(median) * QUIET_PART) return 'quiet';
  if (values.length < MIN_VALUES) return 'noisy';
  if (isBimodal(regime)) return 'bimodal';
  return correlationOf(values) > DRIFT_CORRELATION ? 'drifting' : 'noisy';
}

function isBimodal(regime: Float64Array): boolean {
  const sorted = regime.slice().sort();
  const n = sorted.length;
  const total = squares(sorted);
  for (let at = Math.ceil(n * LEAST_GROUP); at <= n * (1 - LEAST_GROUP); at++)
    if (squares(sorted.subarray(0, at)) + squares(sorted.subarray(at)) < total * GROUPS_INSIDE)
      return true;
  return false;
}

function squares(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function correlationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const around = values.map((value) => value - mean);
  const own = around.reduce((sum, value) => sum + value * value, 0);
  const next = around.reduce((sum, value, i) => sum + value * (around[i - 1] ?? 0), 0);
  return own === 0 ? 0 : next / own;
}
