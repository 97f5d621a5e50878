/** Number of letters to change, add or drop to get from `a` to `b`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Up to three of `known` that `wanted` may have been meant to be, the likeliest first. */
export function nearestNames(wanted: string, known: Iterable<string>): string[] {
  const limit = Math.max(2, Math.floor(wanted.length / 2));
  return [...known]
    .map((name) => ({ name, away: distance(wanted.toUpperCase(), name.toUpperCase()) }))
    .filter(({ away }) => away <= limit)
    .sort((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** A hint to put after "there is no such …": the nearest names, or all of a short list. */
export function didYouMean(wanted: string, known: Iterable<string>): string {
  const near = nearestNames(wanted, known);
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`;
  const all = [...known].sort();
  const shown = all.slice(0, 5).join(', ');
  return all.length === 0
    ? 'the farm has none'
    : `the farm has ${shown}${all.length > 5 ? ', …' : ''}`;
}
