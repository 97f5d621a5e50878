import { caseOutcome, type Outcome, UniqueNames } from '@greenrack/farm-model';
import type {
  AttemptView,
  CaseVerdict,
  CaseView,
  Failure,
  RunView,
  Verdict,
} from '@greenrack/farm-protocol';
import { cleanDetail, cleanLine, cleanText } from './clean-text.js';

/** Most characters of evidence that the cases of one run put into a report together. */
const MAX_RUN_DETAIL_CHARS = 1024 * 1024;

/** What every report format can say of a case. */
export interface ReportCase {
  /** No two cases of a run share one. */
  readonly name: string;
  readonly outcome: Outcome;
  readonly verdict: Verdict | 'unfinished';
  readonly durationMs: number;
  /** Why it is not a pass, with its place where that is known; empty for a pass. */
  readonly message: string;
  /** Evidence: places of failed assertions, the crash block. */
  readonly detail: string;
  readonly file?: string;
  readonly line?: number;
}

const CUT = '[cut: the console log has the rest]';

interface Source {
  readonly run: RunView;
  /** The one that is shown; undefined when none began. */
  readonly attempt: AttemptView | undefined;
  /** The run itself as a case, where its cases do not say what its verdict says. */
  readonly whole?: Pick<ReportCase, 'name' | 'outcome' | 'verdict' | 'durationMs' | 'message'>;
}

/** The cases of a run, each made when it is asked for. */
export class ReportCases implements Iterable<ReportCase> {
  constructor(private readonly source: Source) {}

  *[Symbol.iterator](): Generator<ReportCase> {
    const { run, attempt, whole } = this.source;
    const names = new UniqueNames();
    let left = MAX_RUN_DETAIL_CHARS;
    for (const view of attempt?.cases ?? []) {
      const item = caseOf(view, run, attempt);
      const detail = left > 0 ? item.detail : CUT;
      left -= item.detail.length;
      yield { ...item, detail, name: names.take(item.name) };
    }
    if (whole) yield { ...whole, detail: crashText(attempt), name: names.take(whole.name) };
  }
}

function caseOf(view: CaseView, run: RunView, attempt: AttemptView | undefined): ReportCase {
  const first = placedFailure(view);
  const outcome = caseOutcome(view.verdict, run.verdict);
  return {
    name: cleanLine(view.name),
    outcome,
    verdict: view.verdict ?? (run.verdict === null ? 'unfinished' : 'infra'),
    durationMs: (view.durationUs ?? 0) / 1000,
    message: outcome === 'passed' ? '' : cleanText(messageOf(view, run, attempt)),
    detail: outcome === 'passed' ? '' : detailOf(view, attempt),
    ...(first?.file !== undefined && { file: cleanLine(first.file) }),
    ...(first?.line !== undefined && { line: first.line }),
  };
}

/** What a case says of itself that printed no reason. */
const BY_VERDICT: Partial<Record<CaseVerdict, string>> = {
  skipped: 'skipped without a reason',
  blocked: 'the run ended before this case began',
};

const placedFailure = ({ failures }: CaseView): Failure | undefined =>
  failures.find((failure) => failure.file !== undefined) ?? failures[0];

function messageOf(view: CaseView, run: RunView, attempt: AttemptView | undefined): string {
  const first = placedFailure(view);
  if (first) return failureText(first);
  if (view.verdict === null)
    return run.verdict === null ? `the run is ${run.state}` : 'the run ended before this case did';
  return BY_VERDICT[view.verdict] ?? (attempt?.message || view.verdict);
}

function detailOf(view: CaseView, attempt: AttemptView | undefined): string {
  const places = cleanDetail(view.failures.map(failureText).join('\n'));
  if (view.verdict !== 'crash') return places;
  return [places, crashText(attempt)].filter((text) => text !== '').join('\n');
}

/** `main.c:42: expected 1`, or what of it is known: the form that compilers use and other tools make links of. */
function failureText({ file, line, message }: Failure): string {
  if (file === undefined) return line === undefined ? message : `line ${line}: ${message}`;
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`;
}

function crashText(attempt: AttemptView | undefined): string {
  const { lines = [], symbols = [] } = attempt?.crash ?? {};
  return cleanDetail([...symbols, ...lines].join('\n'));
}
