import { blameOf, isAgainstCode, isCurable } from '@greenrack/farm-model';
import type { Verdict } from '@greenrack/farm-protocol';
import type { FatePolicy, JudgedCase, RunFate } from '../store/ports.js';

const MAX_MESSAGE = 4000;
/** Boards that must agree that the firmware is mute. */
const MUTE_BOARDS = 2;

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
  const asForetold = foretold(ended);
  if (asForetold) return asForetold;
  if (isTriedAgain(ended)) return { kind: 'retry' };
  return isMute(ended) ? mute(ended) : weighed(rawVerdict(ended), ended);
};

/** A failure that its list foretells is believed on a busy machine too: another try would show the same. */
function foretold(ended: Ended): RunFate | undefined {
  if (ended.reason !== 'hostStarved') return undefined;
  const fate = weighed('fail', ended);
  return fate.kind === 'finish' && fate.verdict === 'xfail' ? fate : undefined;
}

/** One board may have a dead console; two that answer other images do not: it is the firmware that says nothing. */
function isMute({ verdict, reason, soundBoards }: Ended): boolean {
  return verdict === 'infra' && reason === 'syncFailed' && soundBoards >= MUTE_BOARDS;
}

function mute(ended: Ended): RunFate {
  const { earlier, message, soundBoards } = ended;
  const against = earlier.find(isAgainstCode) ?? 'hang';
  const why = `the firmware is mute: ${soundBoards} boards answer other images, and not this one; ${message}`;
  const fate = weighed(against, ended);
  return fate.kind === 'finish' ? { message: why.slice(0, MAX_MESSAGE), ...fate } : fate;
}

/**
 * Faults of the infrastructure and verdicts against the code have tries of their own. A health check asks whether the
 * board has a fault: one that it shows is the answer.
 */
function isTriedAgain(ended: Ended): boolean {
  const { verdict, attemptNumber, maxAttempts, retries, earlier, healthCheck } = ended;
  if (healthCheck && blameOf(ended) === 'board') return false;
  const against = earlier.filter(isAgainstCode).length;
  if (verdict === 'infra') return isCurable(ended) && attemptNumber - against < maxAttempts;
  return isAgainstCode(verdict) && against < retries;
}

/** A first verdict against the code stays: a later pass makes it flaky, and later trouble around it nothing at all. */
function rawVerdict({ verdict, earlier }: Ended): Verdict {
  const against = earlier.find(isAgainstCode);
  if (against === undefined) return verdict;
  if (verdict === 'pass') return 'flaky';
  return verdict === 'infra' ? against : verdict;
}

/** Trouble around the code fulfils no expectation and breaks none. */
function weighed(raw: Verdict, { expect, cases, message }: Ended): RunFate {
  const isFailure = isAgainstCode(raw);
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
  if (isAgainstCode(raw) && !isExplained) return { kind: 'finish', verdict: raw };
  const passed = cases.find((each) => each.expect === 'fail' && each.verdict === 'pass');
  if (passed) return passedAgainstList(raw, `the case "${passed.name}"`, message);
  return isAgainstCode(raw)
    ? { kind: 'finish', verdict: 'xfail', raw }
    : { kind: 'finish', verdict: raw };
}

function passedAgainstList(raw: Verdict, what: string, message: string): RunFate {
  const said = message === '' ? '' : ` (${message})`;
  const why = `${what} passed, although it is listed as failing: take it off the list${said}`;
  return { kind: 'finish', verdict: 'xpass', raw, message: why.slice(0, MAX_MESSAGE) };
}
