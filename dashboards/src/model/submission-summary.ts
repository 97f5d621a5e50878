import type { SubmissionView } from '@greenrack/farm-protocol';
import { inBarOrder, type StandingCount } from './run-list.js';
import { isTrouble, type Standing, severityOf } from './verdict-words.js';

/** Counts of a submission's runs by standing, from its own totals: no list of runs is needed. */
export function submissionStandings(view: SubmissionView): StandingCount[] {
  const counts = new Map<Standing, number>();
  for (const [verdict, count] of Object.entries(view.verdicts))
    counts.set(verdict as Standing, count);
  counts.set('running', view.runsRunning);
  counts.set('queued', Math.max(0, view.runsTotal - view.runsFinished - view.runsRunning));
  return inBarOrder(counts);
}

/** Worst verdict so far; undefined while nothing has finished. */
export function worstVerdict(view: SubmissionView): Standing | undefined {
  const seen = Object.entries(view.verdicts).flatMap(([verdict, count]) =>
    count > 0 ? [verdict as Standing] : [],
  );
  return seen.sort((a, b) => severityOf(a) - severityOf(b))[0];
}

/** One chip for a whole submission: what it is while it is active, its worst verdict afterwards. */
export function submissionStanding(view: SubmissionView): Standing {
  if (view.state === 'finished') return overallVerdict(view);
  return view.runsRunning > 0 || view.runsFinished > 0 ? 'running' : 'queued';
}

// A skipped or expectedly failing run beside passing ones does not colour the whole.
function overallVerdict(view: SubmissionView): Standing {
  const worst = worstVerdict(view) ?? 'skipped';
  const harmless = worst === 'skipped' || worst === 'xfail';
  return harmless && (view.verdicts.pass ?? 0) > 0 ? 'pass' : worst;
}

/** Runs that ask a person to act. */
export function troubleCount(view: SubmissionView): number {
  return submissionStandings(view)
    .filter(({ standing }) => isTrouble(standing))
    .reduce((sum, { count }) => sum + count, 0);
}
