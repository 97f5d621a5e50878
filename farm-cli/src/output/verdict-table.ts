import { boardLabelOf } from '@greenrack/farm-model';
import type { Failure, RunDetail, RunView, Verdict } from '@greenrack/farm-protocol';
import type { FarmClient } from '../client/farm-client.js';
import { duration, table } from './table.js';

/** Runs whose details are read for a file and line; a table of thousands of failures helps nobody. */
const MAX_DETAILS = 50;

/** A run in a summary, for people and machines. */
export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly target: string;
  readonly board: string | null;
  /** What people call that board. */
  readonly boardName?: string;
  readonly verdict: Verdict | null;
  /** Before the run's expectation was weighed in. */
  readonly rawVerdict: string | null;
  readonly reason: string | null;
  /** With the file and line of the first failure, when known. */
  readonly message: string;
  readonly durationMs: number | null;
}

/** Summaries of runs; those that did not pass get the place of their first failure from the farm. */
export async function summarize(
  client: FarmClient,
  runs: readonly RunView[],
): Promise<RunSummary[]> {
  let left = MAX_DETAILS;
  const summaries: RunSummary[] = [];
  for (const run of runs) {
    const wanted = run.verdict === 'fail' && left-- > 0;
    summaries.push(summaryOf(run, wanted ? firstFailure(await client.run(run.id)) : ''));
  }
  return summaries;
}

function summaryOf(run: RunView, failure: string): RunSummary {
  return {
    id: run.id,
    name: run.name,
    target: run.requirement.target,
    board: run.boardSerial,
    ...(run.boardName !== undefined && { boardName: run.boardName }),
    verdict: run.verdict,
    rawVerdict: run.rawVerdict ?? run.verdict,
    reason: run.reason,
    message: failure === '' ? run.message : failure,
    durationMs: durationOf(run),
  };
}

/** The first failed assertion with its place; empty when there is none. */
function firstFailure(run: RunDetail): string {
  const cases = run.attemptList.at(-1)?.cases ?? [];
  const failure = cases.flatMap((each) => each.failures)[0];
  return failure ? failureText(failure) : '';
}

/** `checks.c:42: message`, or what of it is known. */
export function failureText({ file, line, message }: Failure): string {
  if (file === undefined) return message;
  return line === undefined ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}

/** From the start on a board to the end; null for a run that never started. */
export function durationOf(run: RunView): number | null {
  return run.startedMs === null || run.finishedMs === null ? null : run.finishedMs - run.startedMs;
}

/** `xfail (hang)`: what it did stands beside what that is worth. */
function verdictText({ verdict, rawVerdict }: RunSummary): string {
  if (verdict === null) return '';
  return rawVerdict === null || rawVerdict === verdict ? verdict : `${verdict} (${rawVerdict})`;
}

/** The table of verdicts; `expected` adds its column, in the order of the runs. */
export function verdictTable(
  runs: readonly RunSummary[],
  more: { readonly expected?: readonly string[]; readonly width?: number } = {},
): string {
  const { expected } = more;
  const headings = ['RUN', 'TARGET', 'BOARD', 'VERDICT', 'TIME', 'MESSAGE'];
  const rows = runs.map((run) => [
    run.name,
    run.target,
    boardLabelOf({ boardSerial: run.board, boardName: run.boardName }),
    verdictText(run),
    duration(run.durationMs),
    run.message,
  ]);
  if (!expected) return table(headings, rows, more.width);
  const insert = (row: readonly string[], cell: string) => row.toSpliced(4, 0, cell);
  return table(
    insert(headings, 'EXPECTED'),
    rows.map((row, i) => insert(row, expected[i] ?? '')),
    more.width,
  );
}
