/** Standard deviations that hold 95 % of a Gaussian. */
const Z95 = 1.959964;

/** The interval in which the share lies that `hits` of `n` tries estimate, with 95 % (Wilson). */
export function shareInterval(hits: number, n: number): [low: number, high: number] {
  if (n === 0) return [0, 1];
  const share = hits / n;
  const z2 = Z95 * Z95;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
