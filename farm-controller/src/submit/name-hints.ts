import { nearestNames } from '@greenrack/farm-protocol';

/** Unknown names that get a hint; the ones after them are as a rule of the same kind. */
const MAX_HINTS = 3;

/** Names that a hint offers. */
const MAX_OFFERED = 3;

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

function didYouMean(wanted: string, known: Iterable<string>): string {
  const near = nearestNames(wanted, known, MAX_OFFERED);
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`;
  const all = [...known].sort();
  const shown = all.slice(0, 5).join(', ');
  return all.length === 0
    ? 'the farm has none'
    : `the farm has ${shown}${all.length > 5 ? ', …' : ''}`;
}
