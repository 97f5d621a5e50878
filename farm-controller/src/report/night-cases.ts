import { decidingAttempt, meaningOf } from '@greenrack/farm-model';
import { type AttemptView, FarmError, type RunView, type Verdict } from '@greenrack/farm-protocol';
import { Turns } from '../timing/turns.js';
import type { ReportCase } from './report-case.js';
import { type ReportRun, reportRun } from './report-run.js';

/** Cases of one submission that are compared: more would not fit into memory beside those of another. */
const MAX_CASES = 300_000;
const MAX_BOARDS = 100;
const MAX_MESSAGE_CHARS = 500;
/** Verdicts of runs that did not come to all of their cases. */
const ENDS_EARLY: readonly (Verdict | null)[] = [
  ...(['crash', 'hang', 'infra', 'blocked', 'cancelled'] as const),
  null,
];

/** What became of a case on the boards of a target; of several boards the first of these that holds. */
export const STATUSES = ['failed', 'passed', 'unknown', 'skipped'] as const;

/** A case, or the run itself, in one submission. */
export interface NightCase {
  /** Undefined for the run itself. */
  readonly name: string | undefined;
  status: (typeof STATUSES)[number];
  runId: string;
  /** How it failed. */
  failure?: { verdict: Verdict; message: string; readonly boards: string[] };
}

/** Runs of one name on one target. */
export interface NightRun {
  readonly name: string;
  readonly target: string;
  readonly platform: string;
  readonly imageName: string;
  runs: number;
  /** Of them, those by which something was learnt. */
  told: number;
  /** One of them came to its end: what is not in it is not there. */
  isWhole: boolean;
  readonly cases: Map<string, NightCase>;
}

/** One about which nothing was learnt. */
export interface Untold {
  readonly runId: string;
  readonly run: string;
  readonly target: string;
  readonly verdict: Verdict | null;
  readonly why: string;
}

/** All that a submission has said. */
export interface NightCases {
  readonly runs: ReadonlyMap<string, NightRun>;
  readonly untold: readonly Untold[];
}

type Reported = { readonly run: RunView; readonly attempts: readonly AttemptView[] };

/** Reads a submission as its reports show it. @throws FarmError `payload_too_large` */
export async function nightCases(
  source: AsyncIterable<Reported>,
  signal?: AbortSignal,
): Promise<NightCases> {
  const runs = new Map<string, NightRun>();
  const untold: Untold[] = [];
  const turns = new Turns(signal);
  let left = MAX_CASES;
  for await (const { run, attempts } of source) {
    const report = reportRun(run, attempts);
    const night = nightRun(runs, run, report);
    if (meaningOf(run.verdict) === 'unknown') untold.push(untoldOf(run, report));
    const own = decidingAttempt(attempts)?.cases.length ?? 0;
    let at = 0;
    for (const item of report.cases) {
      if (left-- <= 0) throw tooMany();
      add(night, report, at++ < own ? item : { ...item, name: undefined });
      await turns.pass();
    }
  }
  return { runs, untold };
}

function nightRun(runs: Map<string, NightRun>, run: RunView, report: ReportRun): NightRun {
  const { name, target, platform } = report;
  const key = JSON.stringify([platform, name]);
  const night: NightRun = runs.get(key) ?? {
    ...{ name, target, platform, imageName: run.imageName },
    ...{ runs: 0, told: 0, isWhole: false, cases: new Map() },
  };
  runs.set(key, night);
  night.runs += 1;
  if (meaningOf(run.verdict) !== 'unknown') night.told += 1;
  if (!ENDS_EARLY.includes(run.verdict)) night.isWhole = true;
  return night;
}

function untoldOf({ id, verdict }: RunView, { name, target, message }: ReportRun): Untold {
  return { runId: id, run: name, target, verdict, why: message.slice(0, MAX_MESSAGE_CHARS) };
}

type Item = Omit<ReportCase, 'name'> & { readonly name: string | undefined };

function add({ cases }: NightRun, report: ReportRun, item: Item): void {
  const { name } = item;
  const status = statusOf(item);
  const key = JSON.stringify(name ?? null);
  const one: NightCase = cases.get(key) ?? { name, status, runId: report.id };
  cases.set(key, one);
  if (STATUSES.indexOf(status) < STATUSES.indexOf(one.status))
    Object.assign(one, { status, runId: report.id });
  if (status !== 'failed' || item.verdict === 'unfinished') return;
  one.failure ??= {
    ...{ verdict: item.verdict, boards: [] },
    message: item.message.slice(0, MAX_MESSAGE_CHARS),
  };
  const board = report.boardName ?? report.board;
  const { boards } = one.failure;
  if (boards.length < MAX_BOARDS && !boards.includes(board)) boards.push(board);
}

function statusOf({ outcome, verdict }: Pick<ReportCase, 'outcome' | 'verdict'>) {
  if (outcome === 'failed') return 'failed';
  // It failed as its list foretold: in order.
  if (outcome === 'passed' || outcome === 'expected') return 'passed';
  return verdict === 'skipped' ? 'skipped' : 'unknown';
}

function tooMany(): FarmError {
  const message = `more than ${MAX_CASES} cases: a submission of so many is not compared`;
  return new FarmError('payload_too_large', message);
}
