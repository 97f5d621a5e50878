/*
 * The standard normal distribution. Quantiles by Acklam's rational approximation (relative error under 1.2e-9), tails
 * by the continued fraction, which keeps its precision where a difference to 1 would have none left.
 */
const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const B = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  1,
];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
/** Below this the tail has a formula of its own. */
const TAIL = 0.02425;

const polynomial = (of: readonly number[], x: number): number =>
  of.reduce((sum, factor) => sum * x + factor, 0);

/** The value under which a share `p` of the distribution lies. */
export function normalQuantile(p: number): number {
  if (p > 1 - TAIL) return -normalQuantile(1 - p);
  if (p < TAIL) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(C, q) / polynomial(D, q);
  }
  const q = p - 0.5;
  return (polynomial(A, q * q) * q) / polynomial(B, q * q);
}

/** The share of the distribution that is further from 0 than `z`, on both sides. */
export function twoSidedTail(z: number): number {
  const x = Math.abs(z);
  const t = 1 / (1 + (0.5 * x) / Math.SQRT2);
  const e = polynomial(
    [
      0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418,
      0.37409196, 1.00002368, -1.26551223,
    ],
    t,
  );
  return t * Math.exp((-x * x) / 2 + e);
}
