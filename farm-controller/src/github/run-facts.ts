import { caseOutcome, decidingAttempt } from '@greenrack/farm-model';
import type { AttemptView, RunView, SubmissionView, Verdict } from '@greenrack/farm-protocol';

/** Failed cases of one run that are kept: a firmware may fail without end. */
const MAX_CASES_PER_RUN = 3_000;

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
  };
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
