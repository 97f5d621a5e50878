import type { CaseVerdict, Verdict } from '@greenrack/farm-protocol';
import { isAgainstCode, meaningOf } from './verdict-meaning.js';
import { worstVerdict } from './verdict-severity.js';

/**
 * What every report says of a run or a case. `failed`: the code is not in order; `error`: nothing is known about it;
 * `expected`: it failed as its list foretold; `unfinished`: it has no verdict yet.
 */
export type Outcome = 'passed' | 'failed' | 'error' | 'skipped' | 'expected' | 'unfinished';

const BY_MEANING = { good: 'passed', bad: 'failed', unknown: 'error' } as const;

/** A verdict as reports show it; null while there is none. */
export function outcomeOf(verdict: Verdict | null): Outcome {
  if (verdict === null) return 'unfinished';
  if (verdict === 'skipped') return 'skipped';
  return verdict === 'xfail' ? 'expected' : BY_MEANING[meaningOf(verdict)];
}

/**
 * A case as reports show it beside the verdict of its run, so that counting cases and asking for the verdict never
 * give two answers: a run in order has no red case, one that failed has failures and no errors, and one that nothing
 * is known about has errors and no failures. What does not decide is skipped, with its reason.
 */
export function caseOutcome(verdict: CaseVerdict | null, run: Verdict | null): Outcome {
  if (verdict === 'pass' || verdict === 'skipped') return outcomeOf(verdict);
  if (verdict === 'blocked') return 'skipped';
  if (run === null) return outcomeOf(verdict);
  if (outcomeOf(run) === 'error') return 'error';
  const isDecisive = verdict !== null && isAgainstCode(verdict);
  return isDecisive && run !== 'pass' && run !== 'flaky' ? outcomeOf(run) : 'skipped';
}

/** The attempt by whose cases a run is shown and judged: the latest, unless it met trouble and an earlier one did not. */
export function decidingAttempt<A extends { readonly verdict: Verdict | null }>(
  attempts: readonly A[],
): A | undefined {
  const latest = attempts.at(-1);
  if (latest?.verdict !== 'infra') return latest;
  return attempts.find(({ verdict }) => verdict !== null && verdict !== 'infra') ?? latest;
}

/**
 * The verdict of an attempt in the light of its cases. A failed case outweighs what is claimed of the whole, and where
 * one was left without a result nothing is known: a gap is never a pass.
 */
export function weighedByCases<V extends Verdict>(
  claimed: V,
  cases: Iterable<CaseVerdict | null>,
): V | CaseVerdict {
  if (meaningOf(claimed) !== 'good') return claimed;
  const red = [...cases]
    .map((verdict) => verdict ?? 'infra')
    .filter((v) => meaningOf(v) !== 'good');
  const worst = worstVerdict(red);
  if (worst === undefined) return claimed;
  return isAgainstCode(worst) ? worst : 'infra';
}
