import { meaningOf } from '@greenrack/farm-model';
import type { Verdict } from '@greenrack/farm-protocol';
import type { CheckResults, Conclusion } from './check-model.js';

/** What a check says of which nothing was learnt. */
export type Trouble = 'neutral' | 'failure' | 'action_required';

type Counts = Readonly<Partial<Record<Verdict, number>>>;

/**
 * What the results of a check mean for its pull request. GitHub takes `neutral` of a required check for a yes, so where
 * nothing was learnt it stands only where the policy says so; in a merge queue it never does.
 */
export function conclusionOf(verdicts: Counts, trouble: Trouble): Conclusion {
  const given = Object.entries(verdicts)
    .filter(([, n]) => n > 0)
    .map(([verdict]) => verdict as Verdict);
  if (given.length === 0) return 'failure';
  if (given.some((verdict) => meaningOf(verdict) === 'bad')) return 'failure';
  const unknown = given.filter((verdict) => meaningOf(verdict) === 'unknown');
  if (unknown.length === 0) return 'success';
  return unknown.every((verdict) => verdict === 'cancelled') ? 'cancelled' : trouble;
}

/** What a check says in the end. An informative one says no more than that something is wrong. */
export function checkConclusion(results: CheckResults, trouble: Trouble): Conclusion {
  const { counted, overBudget, missing, missingFails, gate } = results;
  const ofRuns = conclusionOf(counted, trouble);
  const isBroken = overBudget.length > 0 || (missingFails && missing.length > 0);
  const conclusion = isBroken ? 'failure' : ofRuns;
  return gate === 'informative' && conclusion !== 'success' ? 'neutral' : conclusion;
}

/** Worst first: the whole is what its worst part is. */
const RANKED: readonly Conclusion[] = [
  'action_required',
  'failure',
  'timed_out',
  'cancelled',
  'neutral',
  'success',
  'skipped',
];

export function worstConclusion(conclusions: readonly Conclusion[]): Conclusion {
  return RANKED.find((each) => conclusions.includes(each)) ?? 'failure';
}
