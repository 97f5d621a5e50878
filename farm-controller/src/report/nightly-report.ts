import {
  type BoardView,
  type ChangeView,
  type Flake,
  type Listed,
  MAX_NIGHTLY_ITEMS,
  type NightlyCoverage,
  type NightlyFailure,
  type NightlyFix,
  type NightlyMissing,
  type NightlyReport,
  type NightlySuspect,
  type ScheduleEvent,
  type SubmissionView,
} from '@greenrack/farm-protocol';
import type { NightCase, NightCases, NightRun } from './night-cases.js';

/** The last time that a run had results. */
export interface BaseRun {
  readonly submissionId: string;
  readonly run: NightRun;
}

/** All that a report is made of. */
export interface NightFacts {
  readonly submission: SubmissionView;
  readonly before: SubmissionView | null;
  readonly schedule: NightlyReport['schedule'];
  readonly now: NightCases;
  /** By the key of the run; also those that are gone since the time before. */
  readonly base: ReadonlyMap<string, BaseRun>;
  readonly changes: readonly ChangeView[];
  readonly suspects: readonly NightlySuspect[];
  readonly flakes: readonly Flake[];
  readonly boards: readonly BoardView[];
  readonly skipped: readonly ScheduleEvent[];
}

/** A failure, before its history has been looked up. */
export type BareFailure = Omit<NightlyFailure, 'testId' | 'age'> & { readonly imageName: string };

/** Failures of each kind whose history is looked up. */
const MAX_AGED = 100;

/** Looks up since when something fails. */
export type AgeOf = (failure: BareFailure) => Promise<Pick<NightlyFailure, 'testId' | 'age'>>;

/** What has changed, but for the ages of failures. */
export type BareReport = Omit<NightlyReport, 'newFailures' | 'stillFailing'> &
  Readonly<Record<'newFailures' | 'stillFailing', Listed<BareFailure>>>;

/** Folds what is known of a submission and of the time before to what has changed. */
export function nightlyReport(facts: NightFacts): BareReport {
  const { submission, before, schedule, now, base } = facts;
  const failures = [...now.runs].flatMap(([key, run]) => failuresOf(run, base.get(key)?.run));
  const missing = missingOf(now, base);
  const some = {
    ...{ submission, before, schedule },
    newFailures: listed(bare(failures.filter(({ isNew }) => isNew))),
    stillFailing: listed(bare(failures.filter(({ isNew }) => !isNew))),
    fixed: listed([...now.runs].flatMap(([key, run]) => fixesOf(run, base.get(key)?.run))),
    missing: listed(missing),
    flakes: listed(facts.flakes),
    changes: listed(facts.changes),
    suspects: listed(facts.suspects),
    coverage: listed(coverageOf(now, base)),
    notRun: listed(now.untold),
    boards: listed(facts.boards),
    skipped: listed(facts.skipped),
  };
  return { ...some, conclusion: conclusionOf(some) };
}

const listed = <T>(all: readonly T[]): Listed<T> => ({
  total: all.length,
  items: all.slice(0, MAX_NIGHTLY_ITEMS),
});

const bare = (failures: readonly (BareFailure & { isNew: boolean })[]): BareFailure[] =>
  failures
    .map(({ isNew: _, ...failure }) => failure)
    .sort((a, b) => b.boards.length - a.boards.length);

const placeOf = ({ name: run, target }: NightRun, one: NightCase) => ({
  ...{ run, target, case: one.name ?? null },
});

function failuresOf(run: NightRun, base: NightRun | undefined) {
  return [...run.cases].flatMap(([key, one]): (BareFailure & { isNew: boolean })[] => {
    const { failure, runId } = one;
    if (one.status !== 'failed' || !failure) return [];
    const isNew = base?.cases.get(key)?.status !== 'failed';
    return [{ ...placeOf(run, one), ...failure, runId, imageName: run.imageName, isNew }];
  });
}

/** A run that failed as a whole is mended when nothing is said of it as a whole any more. */
function fixesOf(run: NightRun, base: NightRun | undefined): NightlyFix[] {
  return [...(base?.cases ?? [])].flatMap(([key, was]): NightlyFix[] => {
    if (was.status !== 'failed') return [];
    const one = run.cases.get(key);
    const isMended = was.name === undefined ? !one && run.isWhole : one?.status === 'passed';
    const [first] = run.cases.values();
    const runId = one?.runId ?? first?.runId;
    return isMended && runId !== undefined ? [{ ...placeOf(run, was), runId }] : [];
  });
}

/** Where nothing came to its end, a board was away or a run crashed: what it did not come to is not gone. */
function missingOf(now: NightCases, base: NightFacts['base']): NightlyMissing[] {
  return [...base].flatMap(([key, { submissionId, run: was }]): NightlyMissing[] => {
    const run = now.runs.get(key);
    const { name, target, cases } = was;
    const own = [...cases].filter(([, one]) => one.name !== undefined);
    const gone = { how: 'removed' as const, submissionId };
    if (!run) return [{ ...gone, run: name, target, case: null, cases: own.length }];
    return own.flatMap(([id, one]): NightlyMissing[] => {
      const here = run.cases.get(id);
      const place = { ...placeOf(was, one), ...gone, cases: 1 };
      if (!here) return run.isWhole ? [place] : [];
      const isSkipped = here.status === 'skipped' && one.status !== 'skipped';
      return isSkipped && one.status !== 'unknown' ? [{ ...place, how: 'skipped' }] : [];
    });
  });
}

function coverageOf(now: NightCases, base: NightFacts['base']): NightlyCoverage[] {
  const byTarget = new Map<string, NightlyCoverage>();
  for (const key of new Set([...now.runs.keys(), ...base.keys()])) {
    const [run, was] = [now.runs.get(key), base.get(key)?.run];
    const { target } = run ?? was ?? { target: '' };
    const sum = byTarget.get(target) ?? { target, ...NOTHING };
    byTarget.set(target, sum);
    const names = new Set([...namesOf(run), ...namesOf(was)]);
    sum.expectedRuns += run?.runs ?? was?.runs ?? 0;
    sum.runs += run?.told ?? 0;
    sum.expectedCases += names.size;
    sum.cases += namesOf(run, 'unknown').length;
  }
  return [...byTarget.values()].sort((a, b) => (a.target < b.target ? -1 : 1));
}

const NOTHING = { expectedRuns: 0, runs: 0, expectedCases: 0, cases: 0 } as const;

const namesOf = (run: NightRun | undefined, but?: NightCase['status']): string[] =>
  [...(run?.cases ?? [])].flatMap(([key, { name, status }]) =>
    name === undefined || status === but ? [] : key,
  );

/** That somebody sees to it is no news; that it is so for certain is. */
const isNews = ({ effect, state }: ChangeView): boolean =>
  effect === 'regression' && (state === 'verified' || state === 'returned');

function conclusionOf(report: Omit<BareReport, 'conclusion'>): NightlyReport['conclusion'] {
  const { newFailures, missing, changes, submission, notRun, skipped } = report;
  if (newFailures.total + missing.total > 0 || changes.items.some(isNews)) return 'bad';
  const isOver = submission.state === 'finished';
  const isStale = skipped.items.some(({ atMs }) => atMs > submission.createdMs);
  return isOver && notRun.total === 0 && !isStale ? 'good' : 'unknown';
}

const UNKNOWN = { testId: null, age: null } as const;

/** The whole report. */
export async function withAges(report: BareReport, ageOf: AgeOf): Promise<NightlyReport> {
  const aged = async ({ total, items }: Listed<BareFailure>): Promise<Listed<NightlyFailure>> => {
    const found: NightlyFailure[] = [];
    for (const [at, failure] of items.entries()) {
      const { imageName: _, ...rest } = failure;
      found.push({ ...rest, ...(at < MAX_AGED ? await ageOf(failure) : UNKNOWN) });
    }
    return { total, items: found };
  };
  const [newFailures, stillFailing] = [
    await aged(report.newFailures),
    await aged(report.stillFailing),
  ];
  return { ...report, newFailures, stillFailing };
}
