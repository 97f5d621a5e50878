import type { EndReason, Verdict } from '@greenrack/farm-protocol';
import type { FatePolicy, JudgedCase, RunFate } from '../store/ports.js';
import { isBoardFault } from './board-faults.js';

const MAX_MESSAGE = 4000;

/** Faults of the infrastructure that every board would show again: another try costs time and changes nothing. */
const INCURABLE: ReadonlySet<EndReason> = new Set<EndReason>([
  'imageUnsuitable',
  'hostTestUnknown',
  'hostTestError',
  'noBoard',
]);
/** Verdicts against the code: a pass after one of them is flaky. */
const AGAINST_CODE: ReadonlySet<Verdict> = new Set<Verdict>(['fail', 'crash', 'hang']);

type Ended = Parameters<FatePolicy>[0];

/**
 * What becomes of a run after an attempt:
 * cancelled when someone asked for it; tried again after an infrastructure fault that another try may cure, while
 * attempts are left, and after a verdict against the code as often as its spec asks for; else finished, with its
 * expectation weighed in.
 */
export const runFate: FatePolicy = (ended) => {
  const { verdict, cancelRequested } = ended;
  if (cancelRequested || verdict === 'cancelled') return { kind: 'finish', verdict: 'cancelled' };
  return isTriedAgain(ended) ? { kind: 'retry' } : weighed(rawVerdict(ended), ended);
};

/**
 * Faults of the infrastructure and verdicts against the code have tries of their own. A health check asks whether the
 * board has a fault: one that it shows is the answer.
 */
function isTriedAgain(ended: Ended): boolean {
  const { verdict, reason, attemptNumber, maxAttempts, retries, earlier, healthCheck } = ended;
  if (healthCheck && isBoardFault(ended)) return false;
  const against = earlier.filter((v) => AGAINST_CODE.has(v)).length;
  if (verdict === 'infra') return !INCURABLE.has(reason) && attemptNumber - against < maxAttempts;
  return AGAINST_CODE.has(verdict) && against < retries;
}

/** A first verdict against the code stays: a later pass makes it flaky, and later trouble around it nothing at all. */
function rawVerdict({ verdict, earlier }: Ended): Verdict {
  const against = earlier.find((v) => AGAINST_CODE.has(v));
  if (against === undefined) return verdict;
  if (verdict === 'pass') return 'flaky';
  return verdict === 'infra' ? against : verdict;
}

/** Trouble around the code fulfils no expectation and breaks none. */
function weighed(raw: Verdict, { expect, cases, message }: Ended): RunFate {
  const isFailure = AGAINST_CODE.has(raw);
  if (!isFailure && raw !== 'pass' && raw !== 'flaky') return { kind: 'finish', verdict: raw };
  if (cases) return weighedByCases(raw, cases, message);
  if (isFailure && expect !== 'pass') return { kind: 'finish', verdict: 'xfail', raw };
  return expect === 'fail'
    ? passedAgainstList(raw, 'it', message)
    : { kind: 'finish', verdict: raw };
}

/** A failure outweighs a pass against the list, and is expected only if listed cases explain all of it. */
function weighedByCases(raw: Verdict, cases: readonly JudgedCase[], message: string): RunFate {
  const failed = cases.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped');
  const isExplained = failed.length > 0 && failed.every((each) => each.expect !== 'pass');
  if (AGAINST_CODE.has(raw) && !isExplained) return { kind: 'finish', verdict: raw };
  const passed = cases.find((each) => each.expect === 'fail' && each.verdict === 'pass');
  if (passed) return passedAgainstList(raw, `the case "${passed.name}"`, message);
  return AGAINST_CODE.has(raw)
    ? { kind: 'finish', verdict: 'xfail', raw }
    : { kind: 'finish', verdict: raw };
}

function passedAgainstList(raw: Verdict, what: string, message: string): RunFate {
  const said = message === '' ? '' : ` (${message})`;
  const why = `${what} passed, although it is listed as failing: take it off the list${said}`;
  return { kind: 'finish', verdict: 'xpass', raw, message: why.slice(0, MAX_MESSAGE) };
}
