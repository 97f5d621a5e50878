import type { LimitOutcome } from '@greenrack/farm-model';
import type { CaseVerdict, EventBody } from '@greenrack/farm-protocol';
import type { SessionEnd } from '../session/session-types.js';

const MAX_NAME = 200;
const VERDICTS: Readonly<Record<LimitOutcome['outcome'], CaseVerdict>> = {
  holds: 'pass',
  fails: 'fail',
  notEvaluated: 'infra',
};

/** Attempts in which nothing was found out about the code. */
const NO_RUN: ReadonlySet<string> = new Set(['infra', 'blocked', 'cancelled']);

/**
 * Reports each bound as a case, and lets them weigh: a run that passed fails when a bound is broken, and is `infra` when one
 * could not be judged, since the bench is to blame for that.
 */
export function weighedByPower(
  end: SessionEnd,
  outcomes: readonly LimitOutcome[],
  emit: (body: EventBody) => void,
): SessionEnd {
  if (NO_RUN.has(end.verdict)) return end;
  for (const each of outcomes) {
    const name = `power of ${each.limit}`.slice(0, MAX_NAME);
    const verdict = VERDICTS[each.outcome];
    const failures = verdict === 'pass' ? [] : [{ message: inWords(each) }];
    emit({ type: 'caseBegin', name });
    emit({ type: 'caseEnd', name, verdict, durationUs: 0, failures });
  }
  if (end.verdict !== 'pass') return end;
  const broken = outcomes.find(({ outcome }) => outcome === 'fails');
  if (broken) return { verdict: 'fail', reason: 'completed', message: inWords(broken) };
  const unknown = outcomes.find(({ outcome }) => outcome === 'notEvaluated');
  return unknown ? { verdict: 'infra', reason: 'meterFailed', message: inWords(unknown) } : end;
}

function inWords({ limit, outcome, why }: LimitOutcome): string {
  return outcome === 'notEvaluated' ? `${limit}: not evaluated because ${why}` : `${limit}: ${why}`;
}
