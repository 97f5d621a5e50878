import type { CaseVerdict, Failure } from '@greenrack/farm-protocol';
import { bounded, listed, MAX_MESSAGE_CHARS, quoted } from './bounded-text.js';
import type { CaseTally } from './case-tracker.js';
import type { SessionEnd } from './session-types.js';

/** What the host test says of the run. */
export interface Claim {
  readonly verdict: 'pass' | 'fail';
  readonly message: string;
}

/** What becomes of cases that the end of the run leaves open. */
export interface Leftover {
  readonly running: CaseVerdict;
  readonly unstarted: CaseVerdict;
  readonly why: string;
}

/**
 * Weighs a claim against the cases. A failed case outweighs a claimed pass, and so does a listed case that never ran,
 * unless the firmware's own summary covers it: then only its messages were lost. A run of skipped cases only is
 * skipped, not passed.
 * @param hasEnded The firmware said that it is through, so no case may still be running.
 */
export function settle(claim: Claim, tally: CaseTally, hasEnded: boolean): SessionEnd {
  const against = claim.verdict === 'pass' ? contradiction(tally, hasEnded) : undefined;
  if (against !== undefined) return completed('fail', against);
  if (claim.verdict === 'fail')
    return completed('fail', failureText(tally) ?? unexplained(claim, tally));
  const { cases } = tally;
  const allSkipped = cases.length > 0 && cases.every(({ verdict }) => verdict === 'skipped');
  return allSkipped
    ? completed('skipped', `every case was skipped: ${reasonText(cases[0]?.failures[0])}`)
    : completed('pass', claim.message);
}

/**
 * The firmware left (`__exit`) and nobody gave a verdict. That is the code's fault, so the run fails; only when the
 * verdict was the firmware's alone to give and its summary says that every listed case passed, the message was lost
 * and the run passes.
 */
export function settleExit(tally: CaseTally, firmwareDecides: boolean): SessionEnd {
  const failed = failureText(tally);
  const isComplete = !tally.running && tally.unstarted.length === 0 && covers(tally);
  if (firmwareDecides && isComplete && failed === undefined) {
    const message = 'no end message was seen; the summary says that every case passed';
    return { ...settle({ verdict: 'pass', message }, tally, true), reason: 'exitWithoutEnd' };
  }
  const silent = firmwareDecides
    ? 'the firmware left (__exit) without a verdict'
    : 'the firmware left (__exit) before the host test gave its verdict';
  return { ...completed('fail', failed ?? silent), reason: 'exitWithoutEnd' };
}

/** What becomes of open cases when a run ends with a verdict on the code. */
export function leftover(end: SessionEnd, claim: Claim | undefined, tally: CaseTally): Leftover {
  if (covers(tally)) {
    const why = 'its messages were lost on the console; the summary counts it as passed';
    return { running: 'infra', unstarted: 'infra', why };
  }
  const why = end.message || 'the run ended';
  if (end.verdict === 'fail' && claim?.verdict === 'pass')
    return { running: 'infra', unstarted: 'blocked', why: 'its end was not seen on the console' };
  return { running: end.verdict === 'fail' ? 'fail' : 'pass', unstarted: 'blocked', why };
}

/** Which cases failed and why the first did; undefined when none failed. */
export function failureText({ cases }: CaseTally): string | undefined {
  const failed = cases.filter(({ verdict }) => verdict === 'fail');
  const [first] = failed;
  if (!first) return undefined;
  const names = listed(failed.map(({ name }) => name));
  return `${failed.length} of ${cases.length} cases failed: ${names}; ${reasonText(first.failures[0])}`;
}

/** Why a suite failed in which no case did. */
function unexplained({ message }: Claim, tally: CaseTally): string {
  return [message, tally.reason].filter(Boolean).join(': ') || 'failure without a reason';
}

/** Whether the firmware's summary says that as many cases passed as are known. */
function covers({ summary, cases }: CaseTally): boolean {
  return summary !== undefined && summary.failed === 0 && summary.passed >= cases.length;
}

function contradiction(tally: CaseTally, hasEnded: boolean): string | undefined {
  const failed = failureText(tally);
  if (failed !== undefined) return failed;
  if (tally.summary && tally.summary.failed > 0)
    return `success was reported although the summary counts ${tally.summary.failed} failed cases`;
  if (covers(tally)) return undefined;
  if (tally.unstarted.length > 0)
    return `success was reported although cases never ran: ${listed(tally.unstarted.map(({ name }) => name))}`;
  if (tally.running && hasEnded)
    return `success was reported although the case ${quoted(tally.running.name)} had not ended`;
  return undefined;
}

/** Where and why, as far as it was printed. */
export function reasonText(failure: Failure | undefined): string {
  if (!failure) return 'no reason was printed';
  const { file, line, message } = failure;
  const place = file === undefined ? `line ${line}` : `${file}:${line}`;
  return line === undefined ? message : `${place}: ${message}`;
}

function completed(verdict: SessionEnd['verdict'], message: string): SessionEnd {
  return { verdict, reason: 'completed', message: bounded(message, MAX_MESSAGE_CHARS) };
}
