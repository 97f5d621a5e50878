/** How far a value has moved, in words. */
export function percentOf(before: number, after: number): string {
  if (before === 0) return `${before} → ${after}`;
  const percent = (100 * (after - before)) / Math.abs(before);
  const digits = Math.abs(percent) < 1 ? 3 : 1;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(digits)} %`;
}
