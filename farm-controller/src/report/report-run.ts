import { caseOutcome, decidingAttempt, type Outcome, outcomeOf } from '@greenrack/farm-model';
import type { AttemptView, RunView, Verdict } from '@greenrack/farm-protocol';
import { cleanLine } from './clean-text.js';
import { type ReportCase, ReportCases } from './report-case.js';

/** A run as reports show it: texts cleaned, and neither greener nor redder than its verdict. */
export interface ReportRun {
  readonly id: string;
  readonly name: string;
  readonly target: string;
  readonly toolchain?: string;
  /** Target and toolchain, as reports of Mbed tools name a build: `K64F-GCC_ARM`. */
  readonly platform: string;
  readonly board: string;
  /** What people call that board. */
  readonly boardName?: string;
  readonly attempts: number;
  readonly verdict: Verdict | 'unfinished';
  /** Before the expectation was weighed in, where that made a difference. */
  readonly rawVerdict?: Verdict;
  readonly outcome: Outcome;
  /** Why it is not a pass; empty for one. */
  readonly message: string;
  readonly startedMs: number | null;
  readonly durationMs: number;
  /** At least one. Made one by one, because a run may have thousands with much evidence each. */
  readonly cases: Iterable<ReportCase>;
  /** Their outcomes, in the same order. */
  readonly outcomes: readonly Outcome[];
}

/** `attempts` in their order. */
export function reportRun(run: RunView, attempts: readonly AttemptView[]): ReportRun {
  const outcome = outcomeOf(run.verdict);
  const attempt = decidingAttempt(attempts);
  const durationMs = Math.max(0, (run.finishedMs ?? 0) - (run.startedMs ?? run.finishedMs ?? 0));
  const whole = {
    name: cleanLine(run.name),
    outcome,
    verdict: run.verdict ?? ('unfinished' as const),
    message: outcome === 'passed' ? '' : cleanLine(whyOf(run, attempt)),
    durationMs,
  };
  const { target } = run.requirement;
  const toolchain = run.build?.toolchain && cleanLine(run.build.toolchain);
  const views = (attempt?.cases ?? []).map((view) => caseOutcome(view.verdict, run.verdict));
  const isOwnCase = needsOwnCase(outcome, views);
  return {
    ...whole,
    id: run.id,
    target,
    platform: toolchain ? `${target}-${toolchain}` : target,
    ...(toolchain && { toolchain }),
    board: run.boardSerial ?? '',
    ...(run.boardName !== undefined && { boardName: run.boardName }),
    attempts: run.attempts,
    ...(run.rawVerdict && run.rawVerdict !== run.verdict && { rawVerdict: run.rawVerdict }),
    startedMs: run.startedMs,
    cases: new ReportCases({ run, attempt, ...(isOwnCase && { whole }) }),
    outcomes: isOwnCase ? [...views, outcome] : views,
  };
}

function whyOf(run: RunView, attempt: AttemptView | undefined): string {
  if (run.verdict === null) return `the run is ${run.state}`;
  return run.message || attempt?.message || run.reason || run.verdict;
}

/** A run can be red although no case of it is: it hung before the first, or lost its board. That must show. */
function needsOwnCase(outcome: Outcome, cases: readonly Outcome[]): boolean {
  if (cases.length === 0) return true;
  if (outcome === 'passed' || outcome === 'skipped') return false;
  return !cases.includes(outcome);
}
