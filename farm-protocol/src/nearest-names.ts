/** Longer words are not looked at: no name of ours is that long. */
const MAX_CHARS = 128;
/** Most names that one wrong word is compared with. */
const MAX_KNOWN = 500;

/**
 * Up to `count` of `known` that `wanted` may have been meant to be, the likeliest first: at most one letter in three is
 * wrong. The cost is bounded whatever comes.
 */
export function nearestNames(wanted: string, known: Iterable<string>, count = 1): string[] {
  if (wanted.length > MAX_CHARS) return [];
  const limit = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)));
  const found: { readonly name: string; readonly away: number }[] = [];
  let looked = 0;
  for (const name of known) {
    if (Math.abs(name.length - wanted.length) > limit) continue;
    // Only those count whose length leaves a doubt: the rest cost nothing.
    if (++looked > MAX_KNOWN) break;
    const away = distance(wanted.toLowerCase(), name.toLowerCase());
    if (away <= limit) found.push({ name, away });
  }
  return found
    .sort((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}

/** Letters to change, add, drop or swap with their neighbour to get from `a` to `b`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? at(before, j - 2) + 1 : Infinity;
      next.push(Math.min(change, swap, at(row, j) + 1, at(next, j - 1) + 1));
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
