/** Unknown names that get a hint; the ones after them are as a rule of the same kind. */
const MAX_HINTS = 3;
/** Known names that one hint is looked for among. */
const MAX_COMPARED = 1000;
/** Letters that may differ, however long the name. */
const MAX_AWAY = 6;
/** A longer name than this gets no hint: none of ours is that long. */
const MAX_LENGTH = 128;

/**
 * Hints for people who misspelt a name: "did you mean …?". Comparing names is dear, and a spec may bring thousands of
 * unknown ones, so only the first few get one.
 */
export class NameHints {
  readonly #known: Iterable<string>;
  #left = MAX_HINTS;

  constructor(known: Iterable<string>) {
    this.#known = known;
  }

  /** `problem`, and what may have been meant where that is worth looking for. */
  after(problem: string, wanted: string): string {
    if (this.#left === 0) return problem;
    this.#left -= 1;
    return `${problem}; ${didYouMean(wanted, this.#known)}`;
  }
}

/** Up to three of `known` that `wanted` may have been meant to be, the likeliest first. */
export function nearestNames(wanted: string, known: Iterable<string>): string[] {
  if (wanted.length > MAX_LENGTH) return [];
  const limit = Math.min(MAX_AWAY, Math.max(2, Math.floor(wanted.length / 2)));
  const upper = wanted.toUpperCase();
  const near: { name: string; away: number }[] = [];
  for (const name of candidates(wanted, known, limit)) {
    const away = distance(upper, name.toUpperCase(), limit);
    if (away <= limit) near.push({ name, away });
  }
  near.sort((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1));
  return near.slice(0, 3).map(({ name }) => name);
}

/** Those whose length alone does not rule them out. */
function candidates(wanted: string, known: Iterable<string>, limit: number): string[] {
  const fits: string[] = [];
  for (const name of known) {
    if (Math.abs(name.length - wanted.length) <= limit) fits.push(name);
    if (fits.length === MAX_COMPARED) break;
  }
  return fits;
}

/** Number of letters to change, add or drop to get from `a` to `b`; some number over `limit` when it is over. */
function distance(a: string, b: string, limit: number): number {
  const far = limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next: number[] = Array(b.length + 1).fill(far);
    next[0] = i;
    let least = far;
    // Outside this band every way is longer than the limit.
    const end = Math.min(b.length, i + limit);
    for (let j = Math.max(1, i - limit); j <= end; j++) {
      const swap = (row[j - 1] ?? far) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const away = Math.min(swap, (row[j] ?? far) + 1, (next[j - 1] ?? far) + 1);
      next[j] = away;
      least = Math.min(least, away);
    }
    if (least > limit) return far;
    row = next;
  }
  return row[b.length] ?? far;
}

function didYouMean(wanted: string, known: Iterable<string>): string {
  const near = nearestNames(wanted, known);
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`;
  const all = [...known].sort();
  const shown = all.slice(0, 5).join(', ');
  return all.length === 0
    ? 'the farm has none'
    : `the farm has ${shown}${all.length > 5 ? ', …' : ''}`;
}
