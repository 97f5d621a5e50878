import { caseOutcome, decidingAttempt, meaningOf } from '@greenrack/farm-model';
import type {
  AttemptView,
  CaseVerdict,
  Metric,
  RunView,
  SubmissionView,
  Verdict,
} from '@greenrack/farm-protocol';
import { boardWord, countWord } from './words.js';

/** Failed cases of one run that are kept: a firmware may fail without end. */
const MAX_CASES_PER_RUN = 3_000;
const MAX_METRICS_PER_RUN = 1_000;
/** Cases without a result that are named. */
const MAX_NAMES = 3;
/** Verdicts of runs that did not come to all of their cases. */
const ENDS_EARLY: readonly (Verdict | null)[] = [
  null,
  'crash',
  'hang',
  'infra',
  'blocked',
  'cancelled',
];

/** A case of a run that speaks against the code. */
export interface CaseFacts {
  readonly name: string;
  readonly verdict: Verdict;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
}

/** What a check needs of a run. */
export interface RunFacts {
  readonly name: string;
  readonly imageName: string;
  readonly target: string;
  readonly verdict: Verdict | null;
  readonly message: string;
  readonly board: string;
  readonly finishedMs: number;
  readonly cases: readonly CaseFacts[];
  /** All that it has said something of. */
  readonly known: readonly { readonly name: string; readonly verdict: CaseVerdict | null }[];
  readonly metrics: readonly Metric[];
  /** It did not come to all of its cases, or they are not all kept here. */
  readonly endedEarly: boolean;
  /** Why more may be wrong with it than the cases that failed; empty when they tell all. */
  readonly unread: string;
}

/** A submission with its runs. */
export interface SubmissionFacts {
  readonly submission: Pick<SubmissionView, 'id' | 'name' | 'rerunOf'>;
  readonly runs: readonly RunFacts[];
}

export function runFacts(run: RunView, attempts: readonly AttemptView[]): RunFacts {
  const { name, imageName, verdict, message } = run;
  const attempt = decidingAttempt(attempts);
  return {
    ...{ name, imageName, verdict, message, target: run.requirement.target },
    board: run.boardName ?? run.boardSerial ?? attempt?.boardSerial ?? '',
    finishedMs: run.finishedMs ?? 0,
    cases: attempt === undefined ? [] : failedCases(run, attempt),
    known: (attempt?.cases ?? [])
      .slice(0, MAX_CASES_PER_RUN)
      .map(({ name: one, verdict: said }) => ({ name: one, verdict: said })),
    // What a bench measured that failed says nothing of the code.
    metrics:
      meaningOf(verdict) === 'unknown'
        ? []
        : (attempt?.metrics ?? []).slice(0, MAX_METRICS_PER_RUN),
    endedEarly: ENDS_EARLY.includes(verdict) || (attempt?.cases ?? []).length > MAX_CASES_PER_RUN,
    unread: attempt === undefined ? '' : unreadOf(attempt),
  };
}

/** A case that never came to a result may be as broken as the one that failed, and so is what comes after a hasty end. */
function unreadOf({ cases, reason, message }: AttemptView): string {
  const open = cases.filter(({ verdict }) => verdict === null || meaningOf(verdict) === 'unknown');
  if (open.length > 0) {
    const names = boardWord(
      open.map(({ name }) => name),
      MAX_NAMES,
    );
    return `${countWord(open.length, 'case')} without a result: ${names}`;
  }
  if (cases.length > MAX_CASES_PER_RUN) return `more than ${MAX_CASES_PER_RUN} cases`;
  return reason === 'exitWithoutEnd' ? `${reason}: ${message}` : '';
}

/** Those by which the run failed; when none did, the run itself. */
function failedCases(run: RunView, attempt: AttemptView): CaseFacts[] {
  if (run.verdict === null) return [];
  const failed = attempt.cases
    .filter(({ verdict }) => caseOutcome(verdict, run.verdict) === 'failed')
    .slice(0, MAX_CASES_PER_RUN)
    .map(({ name, verdict, failures }): CaseFacts => {
      const {
        message = attempt.message,
        file,
        line,
      } = failures.find((failure) => failure.file !== undefined) ?? failures[0] ?? {};
      return {
        ...{ name, verdict: verdict ?? 'infra', message },
        ...(file !== undefined && { file }),
        ...(line !== undefined && { line }),
      };
    });
  return failed;
}

/**
 * The cases that failed, and the run itself where none of them failed as it did: a crash outside of all cases, a pass
 * against its list. Whoever excuses the cases has not excused that.
 */
export function brokenCases({ verdict, name, message, cases }: RunFacts): readonly CaseFacts[] {
  if (verdict === null || meaningOf(verdict) !== 'bad') return [];
  const isExplained = cases.some((one) => one.verdict === verdict);
  return isExplained ? cases : [...cases, { name, verdict, message }];
}

/** Run and case of a failure, the same on every board and in every build. */
export const failureKey = (run: string, name: string): string => JSON.stringify([run, name]);

/** Failures of these runs, by what they are failures of. */
export function failuresOf(runs: readonly RunFacts[]): Set<string> {
  return new Set(
    runs.flatMap((run) => brokenCases(run).map(({ name }) => failureKey(run.name, name))),
  );
}
