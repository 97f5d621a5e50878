import { worstVerdict } from '@greenrack/farm-model';
import type { SubmissionView, Verdict } from '@greenrack/farm-protocol';
import { inBarOrder, type StandingCount } from './run-list.js';
import { isTrouble, type Standing } from './verdict-words.js';

/** Counts of a submission's runs by standing, from its own totals: no list of runs is needed. */
export function submissionStandings(view: SubmissionView): StandingCount[] {
  const counts = new Map<Standing, number>();
  for (const [verdict, count] of Object.entries(view.verdicts))
    counts.set(verdict as Standing, count);
  counts.set('running', view.runsRunning);
  counts.set('queued', Math.max(0, view.runsTotal - view.runsFinished - view.runsRunning));
  return inBarOrder(counts);
}

/** One chip for a whole submission: what it is while it is active, its worst verdict afterwards. */
export function submissionStanding(view: SubmissionView): Standing {
  if (view.state === 'finished') return worstVerdict(verdictsOf(view)) ?? 'skipped';
  return view.runsRunning > 0 || view.runsFinished > 0 ? 'running' : 'queued';
}

function verdictsOf({ verdicts }: SubmissionView): Verdict[] {
  return Object.entries(verdicts).flatMap(([verdict, count]) =>
    count > 0 ? [verdict as Verdict] : [],
  );
}

/** Runs that ask a person to act. */
export function troubleCount(view: SubmissionView): number {
  return submissionStandings(view)
    .filter(({ standing }) => isTrouble(standing))
    .reduce((sum, { count }) => sum + count, 0);
}
