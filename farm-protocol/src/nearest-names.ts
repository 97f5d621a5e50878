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
    const away = distance(wanted.toLowerCase(), name.toLowerCase(), limit);
    if (away <= limit) found.push({ name, away });
  }
  return found
    .sort((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}

/**
 * Letters to change, add, drop or swap with their neighbour to get from `a` to `b`; some number over `limit` when it is
 * over, which is known after a few letters as a rule.
 */
function distance(a: string, b: string, limit: number): number {
  const far = limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next: number[] = Array(b.length + 1).fill(far);
    next[0] = i;
    let least = i;
    // Outside this band every way is longer than the limit.
    const end = Math.min(b.length, i + limit);
    for (let j = Math.max(1, i - limit); j <= end; j++) {
      const change = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? at(before, j - 2) + 1 : Infinity;
      const away = Math.min(change, swap, at(row, j) + 1, at(next, j - 1) + 1);
      next[j] = away;
      least = Math.min(least, away);
    }
    // A swap looks two rows back, and costs one.
    if (least > far) return far;
    before = row;
    row = next;
  }
  return at(row, b.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
