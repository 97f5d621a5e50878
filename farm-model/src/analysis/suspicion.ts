import { studentTail } from './student.js';

/** Chance that a value like those before it is called suspect. */
export const SUSPECT_LEVEL = 0.001;
/** Values that are needed to say what is usual. */
const MIN_BASE = 3;

/**
 * Chance of a value as far from these as this one, when nothing has changed and the noise is Gaussian: by the prediction interval,
 * which knows that mean and spread are estimates from few values.
 */
export function predictionPValue(base: ArrayLike<number>, value: number): number {
  const n = base.length;
  if (n < MIN_BASE) return 1;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (base[i] ?? 0) / n;
  let square = 0;
  for (let i = 0; i < n; i++) square += ((base[i] ?? 0) - mean) ** 2;
  const error = Math.sqrt((square / (n - 1)) * (1 + 1 / n));
  if (error === 0) return value === mean ? 1 : 0;
  return studentTail((value - mean) / error, n - 1);
}

/** Of the last values, too few for a change, how many stand apart from those before: 0, 1 or 2. */
export function suspects(regime: Float64Array, minShift: number): number {
  for (const last of [2, 1]) {
    const base = regime.subarray(0, Math.max(0, regime.length - last));
    const news = regime.subarray(regime.length - last);
    if (base.length > 0 && news.every((value) => isStrange(base, value, minShift))) return last;
  }
  return 0;
}

function isStrange(base: Float64Array, value: number, minShift: number): boolean {
  const nearest = base.reduce((least, one) => Math.min(least, Math.abs(one - value)), Infinity);
  return nearest > minShift && predictionPValue(base, value) < SUSPECT_LEVEL;
}
