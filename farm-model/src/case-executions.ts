import type { CaseVerdict } from '@greenrack/farm-protocol';
import { compareCaseVerdicts } from './verdict-severity.js';

/** Longest name of a case in an event, in characters. */
const MAX_NAME_CHARS = 200;
/** Executions of one case that are told apart; the worst of all that follow stands as the last. */
const MAX_EXECUTIONS = 100;

/** The verdict of the case of this name: null while it has none, undefined when nobody has named it. */
export type KnownCases = (name: string) => CaseVerdict | null | undefined;

/** Name of the n-th execution of a case, counted from 1: a firmware may run a case again, and each time counts. */
export function executionName(name: string, n: number): string {
  const suffix = n === 1 ? '' : ` #${n}`;
  return `${name.slice(0, MAX_NAME_CHARS - suffix.length)}${suffix}`;
}

/** The case that `name #2` is an execution of; a name without a number is its own. */
export function caseOfExecution(name: string): string {
  return name.replace(/ #[1-9]\d{0,5}$/, '');
}

/** Which execution begins: the first that has not ended, whether it was listed before, is resumed, or is new. */
export function beginningExecution(name: string, known: KnownCases): string {
  let execution = name;
  for (let n = 1; n <= MAX_EXECUTIONS; n++) {
    execution = executionName(name, n);
    if (!known(execution)) return execution;
  }
  return execution;
}

/** Which execution ends: the one under way; when none is, the latest is told of again. */
export function endingExecution(name: string, known: KnownCases): string {
  let latest = name;
  for (let n = 1; n <= MAX_EXECUTIONS; n++) {
    const execution = executionName(name, n);
    const verdict = known(execution);
    if (verdict === undefined) return latest;
    latest = execution;
    if (verdict === null) return latest;
  }
  return latest;
}

/** How an execution ended, as far as two ends of it can be compared. */
export interface CaseOutcome {
  readonly verdict: CaseVerdict;
  readonly failures: readonly unknown[];
}

/** Whether an end replaces the one before it, of the same execution: a pass never hides a failure. */
export function replacesEnd(next: CaseOutcome, before: CaseOutcome): boolean {
  const step = compareCaseVerdicts(next.verdict, before.verdict);
  return step > 0 || (step === 0 && next.failures.length > before.failures.length);
}
