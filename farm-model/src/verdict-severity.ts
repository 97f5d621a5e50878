import type { CaseVerdict, Verdict } from '@greenrack/farm-protocol';

/**
 * Worst first: against the code, then nothing known about it, then in order. Within each, what asks for more comes
 * first; a pass outranks what was not executed or expected to fail, for it is what a reader wants to hear of a whole.
 */
export const VERDICTS_BY_SEVERITY = [
  'crash',
  'hang',
  'fail',
  'xpass',
  'infra',
  'blocked',
  'cancelled',
  'flaky',
  'pass',
  'xfail',
  'skipped',
] as const satisfies readonly Verdict[];

const RANK = new Map<Verdict, number>(VERDICTS_BY_SEVERITY.map((verdict, rank) => [verdict, rank]));
const rankOf = (verdict: Verdict): number => RANK.get(verdict) ?? VERDICTS_BY_SEVERITY.length;

/** Positive when `a` is worse than `b`, negative when it is better. */
export function compareVerdicts(a: Verdict, b: Verdict): number {
  return rankOf(b) - rankOf(a);
}

/** The same for cases, whose verdicts are some of a run's: the worse outcome of a case stays. */
export const compareCaseVerdicts: (a: CaseVerdict, b: CaseVerdict) => number = compareVerdicts;

/** The verdict of a whole by those of its parts: the worst; undefined without any. */
export function worstVerdict<V extends Verdict>(verdicts: Iterable<V>): V | undefined {
  let worst: V | undefined;
  for (const verdict of verdicts)
    if (worst === undefined || compareVerdicts(verdict, worst) > 0) worst = verdict;
  return worst;
}
