import type { EndReason, Verdict } from '@greenrack/farm-protocol';
import { isAgainstCode } from './verdict-meaning.js';

/** Who has to act on the end of an attempt. `submitter`: what was submitted cannot run as it is; `nobody`: all is well. */
export type Blame = 'code' | 'board' | 'farm' | 'submitter' | 'nobody';

/** The end of an attempt or a run. */
export interface Ending {
  readonly verdict: Verdict;
  readonly reason: EndReason;
}

/**
 * Who is to blame when nothing was learnt about the code. Whoever is innocent must never pay: a board that is blamed
 * loses its good name.
 *
 * - board, or what is wired to it: the agent spoke to it and got no, or no sensible, answer. `syncFailed` is among them
 *   although it may be the wrong image as well: the golden image tells.
 * - submitter: every board would say the same of this image or host test.
 * - farm: network, agent, its disk, one of our host tests, or a defect of ours.
 */
const BY_REASON: Partial<Record<EndReason, Blame>> = {
  flashFailed: 'board',
  boardStartFailed: 'board',
  consoleLost: 'board',
  emulatorExited: 'board',
  syncFailed: 'board',
  imageUnsuitable: 'submitter',
  hostTestUnknown: 'submitter',
};

export function blameOf({ verdict, reason }: Ending): Blame {
  if (isAgainstCode(verdict)) return 'code';
  if (verdict === 'xpass' || verdict === 'blocked') return 'submitter';
  return verdict === 'infra' ? (BY_REASON[reason] ?? 'farm') : 'nobody';
}

/** Faults of the farm that every board would show again: another try costs time and changes nothing. */
const INCURABLE: ReadonlySet<EndReason> = new Set<EndReason>(['hostTestError', 'noBoard']);

/** Whether an attempt that learnt nothing about the code may go better when it is tried again. */
export function isCurable(ending: Ending): boolean {
  if (ending.verdict !== 'infra' || INCURABLE.has(ending.reason)) return false;
  return blameOf(ending) !== 'submitter';
}
