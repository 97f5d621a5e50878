import type { RunView } from '@greenrack/farm-protocol';
import { isTrouble, standingOf } from './verdict-words.js';

// A pass on retry is no trouble of the code's, but it may well be one of the board's.
const wentBad = (run: RunView) => run.verdict === 'flaky' || isTrouble(standingOf(run));

/** How the runs of one image go on a board, and how on its siblings. */
export interface ImageMix {
  readonly image: string;
  readonly here: { readonly bad: number; readonly runs: number };
  readonly elsewhere: { readonly bad: number; readonly runs: number };
}

const isOver = (run: RunView) => run.verdict !== null && run.verdict !== 'cancelled';

/** Share of runs that did not go well, 0 to 1. */
export function troubleShare(runs: readonly RunView[]): number {
  const over = runs.filter(isOver);
  if (over.length === 0) return 0;
  return over.filter(wentBad).length / over.length;
}

function tally(runs: readonly RunView[]): Map<string, { bad: number; runs: number }> {
  const all = new Map<string, { bad: number; runs: number }>();
  for (const run of runs.filter(isOver)) {
    const one = all.get(run.imageName) ?? { bad: 0, runs: 0 };
    one.runs += 1;
    if (wentBad(run)) one.bad += 1;
    all.set(run.imageName, one);
  }
  return all;
}

/** Images that do not go well on a board, those first that go better elsewhere: there it is the board, not the code. */
export function troubledImages(
  here: readonly RunView[],
  elsewhere: readonly RunView[],
): ImageMix[] {
  const others = tally(elsewhere);
  const excess = ({ here: own, elsewhere: other }: ImageMix) =>
    own.bad / own.runs - (other.runs === 0 ? 0 : other.bad / other.runs);
  return [...tally(here)]
    .filter(([, own]) => own.bad > 0)
    .map(([image, own]) => ({
      image,
      here: own,
      elsewhere: others.get(image) ?? { bad: 0, runs: 0 },
    }))
    .sort((a, b) => excess(b) - excess(a));
}
