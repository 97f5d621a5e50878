import type { EndReason, Verdict } from '@greenrack/farm-protocol';
import type { FatePolicy } from '../store/ports.js';

/** Faults of the infrastructure that every board would show again: another try costs time and changes nothing. */
const INCURABLE: ReadonlySet<EndReason> = new Set<EndReason>([
  'imageUnsuitable',
  'hostTestUnknown',
  'hostTestError',
  'noBoard',
]);
/** Verdicts against the code: a pass after one of them is flaky. */
const AGAINST_CODE: ReadonlySet<Verdict> = new Set<Verdict>(['fail', 'crash', 'hang', 'xpass']);

/**
 * What becomes of a run after an attempt:
 * cancelled when someone asked for it; tried again after an infrastructure fault that another try may cure, while
 * attempts are left; `flaky` when it passes after an attempt that spoke against the code; else the attempt's verdict.
 */
export const runFate: FatePolicy = (ended) => {
  const { verdict, reason, attemptNumber, maxAttempts, cancelRequested, earlier } = ended;
  if (cancelRequested || verdict === 'cancelled') return { kind: 'finish', verdict: 'cancelled' };
  if (verdict === 'infra' && !INCURABLE.has(reason) && attemptNumber < maxAttempts)
    return { kind: 'retry' };
  if (verdict === 'pass' && earlier.some((v) => AGAINST_CODE.has(v)))
    return { kind: 'finish', verdict: 'flaky' };
  return { kind: 'finish', verdict };
};
