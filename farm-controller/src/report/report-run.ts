import type {
  AttemptView,
  CaseVerdict,
  CaseView,
  Failure,
  RunView,
  Verdict,
} from '@greenrack/farm-protocol';
import { cleanDetail, cleanLine, cleanText } from './clean-text.js';

/** What every report format can say. `error`: the farm or the circumstances, not the code, are to blame. */
export type Outcome = 'passed' | 'failed' | 'error' | 'skipped' | 'unfinished';

export interface ReportCase {
  readonly name: string;
  readonly outcome: Outcome;
  readonly verdict: Verdict | 'unfinished';
  readonly durationMs: number;
  /** One line or a few; empty for a pass. */
  readonly message: string;
  /** Evidence: places of failed assertions, the crash block. */
  readonly detail: string;
  readonly file?: string;
  readonly line?: number;
}

/** A run as reports show it: texts cleaned, and never greener than its verdict. */
export interface ReportRun {
  readonly id: string;
  readonly ordinal: number;
  readonly name: string;
  readonly target: string;
  readonly board: string;
  readonly attempts: number;
  readonly verdict: Verdict | 'unfinished';
  /** Before the expectation was weighed in, where that made a difference. */
  readonly rawVerdict?: Verdict;
  readonly outcome: Outcome;
  readonly startedMs: number | null;
  readonly durationMs: number;
  readonly cases: readonly ReportCase[];
}

const OUTCOMES: Readonly<Record<Verdict, Outcome>> = {
  pass: 'passed',
  flaky: 'passed',
  fail: 'failed',
  crash: 'failed',
  hang: 'failed',
  xpass: 'failed',
  infra: 'error',
  blocked: 'error',
  cancelled: 'error',
  skipped: 'skipped',
  xfail: 'skipped',
};

/** `attempts` in their order; the last one gave the verdict. */
export function reportRun(run: RunView, attempts: readonly AttemptView[]): ReportRun {
  const verdict = run.verdict ?? 'unfinished';
  const outcome = run.verdict ? OUTCOMES[run.verdict] : 'unfinished';
  const last = attempts.at(-1);
  const cases = (last?.cases ?? []).map((view) => reportCase(view, { run, last }));
  const durationMs = Math.max(0, (run.finishedMs ?? 0) - (run.startedMs ?? run.finishedMs ?? 0));
  const { id, ordinal, startedMs } = run;
  return {
    id,
    ordinal,
    name: cleanLine(run.name),
    target: run.requirement.target,
    board: run.boardSerial ?? '',
    attempts: run.attempts,
    verdict,
    ...(run.rawVerdict && run.rawVerdict !== run.verdict && { rawVerdict: run.rawVerdict }),
    outcome,
    startedMs,
    durationMs,
    cases: needsOwnCase(outcome, cases)
      ? [...cases, runCase({ verdict, outcome, durationMs }, { run, last })]
      : cases,
  };
}

/** A run can be red although no case of it is: it hung before the first, or lost its board. That must show. */
function needsOwnCase(outcome: Outcome, cases: readonly ReportCase[]): boolean {
  if (cases.length === 0) return true;
  if (outcome === 'passed' || outcome === 'skipped') return false;
  return !cases.some((item) => item.outcome === outcome);
}

interface Whence {
  readonly run: RunView;
  readonly last: AttemptView | undefined;
}

function runCase(
  whole: Pick<ReportCase, 'verdict' | 'outcome' | 'durationMs'>,
  { run, last }: Whence,
): ReportCase {
  const why = run.message || last?.message || '';
  const fallback = whole.outcome === 'unfinished' ? `the run is ${run.state}` : (run.reason ?? '');
  return {
    name: cleanLine(run.name),
    ...whole,
    message: whole.outcome === 'passed' ? '' : cleanText(why || fallback),
    detail: crashText(last),
  };
}

function reportCase(view: CaseView, { run, last }: Whence): ReportCase {
  const first = view.failures.find((failure) => failure.file !== undefined) ?? view.failures[0];
  const ended = run.state === 'finished' ? 'blocked' : undefined;
  const verdict: CaseVerdict | undefined = view.verdict ?? ended;
  return {
    name: cleanLine(view.name),
    outcome: caseOutcome(verdict, run),
    verdict: verdict ?? 'unfinished',
    durationMs: (view.durationUs ?? 0) / 1000,
    message: caseMessage(verdict, view, last),
    detail: caseDetail(verdict, view, last),
    ...(first?.file !== undefined && { file: cleanLine(first.file) }),
    ...(first?.line !== undefined && { line: first.line }),
  };
}

function caseOutcome(verdict: CaseVerdict | undefined, run: RunView): Outcome {
  if (!verdict) return 'unfinished';
  const outcome = OUTCOMES[verdict];
  return run.verdict === 'xfail' && outcome === 'failed' ? 'skipped' : outcome;
}

function caseMessage(
  verdict: CaseVerdict | undefined,
  view: CaseView,
  last: AttemptView | undefined,
): string {
  if (verdict === 'pass') return '';
  if (view.verdict === null) return 'the run ended before this case did';
  return cleanText(view.failures[0]?.message || last?.message || '');
}

function caseDetail(
  verdict: CaseVerdict | undefined,
  view: CaseView,
  last: AttemptView | undefined,
): string {
  const places = view.failures.map(placeText).join('\n');
  if (verdict !== 'crash') return cleanDetail(places);
  return [cleanDetail(places), crashText(last)].filter((text) => text !== '').join('\n');
}

function placeText({ file, line, message }: Failure): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  return `${place}${message}`;
}

function crashText(attempt: AttemptView | undefined): string {
  return cleanDetail(attempt?.crash?.lines.join('\n') ?? '');
}
