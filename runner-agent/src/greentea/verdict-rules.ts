import type { CaseVerdict, Failure } from '@greenrack/farm-protocol';
import { bounded, listed, MAX_MESSAGE_CHARS } from '../session/bounded-text.js';
import type { SessionEnd } from '../session/session-types.js';
import type { CaseTally } from './case-tracker.js';

/** What the host test says of the run. */
export interface Claim {
  readonly verdict: 'pass' | 'fail';
  readonly message: string;
}

/** Everything that speaks for or against a run that came to its end. */
export interface RunFacts {
  /** The host test's verdict; where it leaves the verdict to the firmware, it repeats `end`. */
  readonly claim?: Claim | undefined;
  readonly firmwareDecides: boolean;
  /** What the firmware's `end` messages said, as far as they could be read. */
  readonly ends: readonly FirmwareEnd[];
  /** The firmware said that it is through, by `end` or `__exit`. */
  readonly isOver: boolean;
  readonly tally: CaseTally;
  /** The first evidence that messages were damaged or lost on the console. */
  readonly damage?: string | undefined;
}
export type FirmwareEnd = 'success' | 'failure';

/** What becomes of cases that the end of the run leaves open. */
export interface Leftover {
  readonly running: CaseVerdict;
  readonly lost: CaseVerdict;
  readonly unstarted: CaseVerdict;
  readonly why: string;
}

export interface Judgement {
  readonly end: SessionEnd;
  readonly open: Leftover;
}

/*
 * The rules, of which the first that applies decides (the same table is in docs/host-tests.md):
 *
 *   what is known                                                           console sound   console damaged
 *   1 a failure was counted, or `end;failure` was read                      fail            fail
 *   2 the host test says fail                                               fail            infra
 *   3 what was said is not complete or contradicts itself                   fail            pass by the summary, or infra
 *   4 none of these                                                         pass            pass
 *
 * A damaged message says nothing, whatever its key: it is evidence that something is missing, and no more.
 */

/** The verdict of a run that came to its end. */
export function judge(facts: RunFacts): Judgement {
  const proof = provenFailure(facts);
  if (proof !== undefined) return ended('fail', proof, facts);
  const doubt = refusal(facts) ?? gap(facts);
  if (doubt === undefined) return passed(facts);
  if (facts.damage === undefined) return ended('fail', doubt, facts);
  return isCovered(facts) ? passedBySummary(facts, facts.damage) : unreadable(doubt, facts.damage);
}

function provenFailure({ ends, claim, tally }: RunFacts): string | undefined {
  const failed = failureText(tally);
  if (failed !== undefined) return failed;
  if (ends.includes('failure')) {
    if (ends.includes('success')) return 'the firmware ended with "success" and with "failure"';
    const said = claim?.verdict === 'fail' ? claim.message : 'the firmware ended with "failure"';
    return [said || 'the firmware ended with "failure"', tally.reason].filter(Boolean).join(': ');
  }
  const count = tally.summary?.failed ?? 0;
  return count > 0 ? `the summary counts ${count} failed cases${except(claim)}` : undefined;
}

function except(claim: Claim | undefined): string {
  return claim?.verdict === 'pass' ? ', although success was reported' : '';
}

function refusal({ claim, tally }: RunFacts): string | undefined {
  if (claim?.verdict !== 'fail') return undefined;
  return [claim.message, tally.reason].filter(Boolean).join(': ') || 'failure without a reason';
}

/** What is missing, or does not fit together, when nobody has reported a failure. */
function gap(facts: RunFacts): string | undefined {
  const { claim, firmwareDecides, isOver, tally } = facts;
  const open = [...tally.lost, ...(isOver && tally.running ? [tally.running] : [])];
  if (!claim && !firmwareDecides)
    return 'the firmware left (__exit) before the host test gave its verdict';
  if (tally.unstarted.length > 0) return `cases never ran: ${names(tally.unstarted)}`;
  if (tally.missing > 0)
    return `${tally.missing} of ${tally.cases.length + tally.missing} announced cases never ran`;
  if (open.length > 0) return `cases began and never ended: ${names(open)}`;
  if (isShort(tally)) return `the summary counts fewer cases than ended: ${tally.cases.length}`;
  return claim ? undefined : 'the firmware left (__exit) without a verdict';
}

function isShort({ summary, cases, hasRestarted }: CaseTally): boolean {
  return !hasRestarted && summary !== undefined && summary.passed + summary.failed < cases.length;
}

/** The firmware's own summary says that every case passed, and nothing that was printed speaks against it. */
function isCovered({ claim, firmwareDecides, tally }: RunFacts): boolean {
  const { summary, cases, missing, lost, running } = tally;
  const mayJudge = claim ? claim.verdict === 'pass' : firmwareDecides;
  const hasComplaint = lost.some(({ complaint }) => complaint) || running?.complaint !== undefined;
  return (
    mayJudge && !hasComplaint && summary?.failed === 0 && summary.passed >= cases.length + missing
  );
}

function ended(verdict: 'fail', message: string, facts: RunFacts): Judgement {
  const isGap = provenFailure(facts) === undefined && facts.claim?.verdict !== 'fail';
  const running = facts.claim?.verdict === 'pass' && !isGap ? 'infra' : 'fail';
  return {
    end: { ...completed(verdict, message), reason: reasonOf(facts) },
    open: { running, lost: isGap ? 'fail' : 'infra', unstarted: 'blocked', why: message },
  };
}

function passed(facts: RunFacts): Judgement {
  const { cases } = facts.tally;
  const message = facts.claim?.message ?? '';
  const allSkipped = cases.length > 0 && cases.every(({ verdict }) => verdict === 'skipped');
  const end = allSkipped
    ? completed('skipped', `every case was skipped: ${reasonText(cases[0]?.failures[0])}`)
    : completed('pass', message);
  return { end, open: { running: 'pass', lost: 'pass', unstarted: 'pass', why: message } };
}

function passedBySummary(facts: RunFacts, damage: string): Judgement {
  const count = facts.tally.summary?.passed ?? 0;
  const message = `messages were damaged on the console (${damage}); the summary counts ${count} passed cases and no failed one`;
  const { end, open } = passed({ ...facts, claim: { verdict: 'pass', message } });
  return { end: { ...end, reason: reasonOf(facts) }, open };
}

function unreadable(doubt: string, damage: string): Judgement {
  const message = bounded(
    `messages were damaged on the console (${damage}), so this proves nothing: ${doubt}`,
    MAX_MESSAGE_CHARS,
  );
  return {
    end: { verdict: 'infra', reason: 'consoleLost', message },
    open: { running: 'infra', lost: 'infra', unstarted: 'blocked', why: message },
  };
}

function reasonOf({ claim, ends }: RunFacts): SessionEnd['reason'] {
  return claim || ends.includes('failure') ? 'completed' : 'exitWithoutEnd';
}

/** Which cases failed and why the first did; undefined when none failed. */
export function failureText({ cases }: Pick<CaseTally, 'cases'>): string | undefined {
  const failed = cases.filter(({ verdict }) => verdict === 'fail');
  const [first] = failed;
  if (!first) return undefined;
  return `${failed.length} of ${cases.length} cases failed: ${names(failed)}; ${reasonText(first.failures[0])}`;
}

function names(cases: CaseTally['cases']): string {
  return listed(cases.map(({ name }) => name));
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
