import { isAgainstCode, meaningOf } from '@greenrack/farm-model';
import type { Verdict } from '@greenrack/farm-protocol';
import type { CheckResults, FailedCase } from './check-model.js';
import { type Base, metricDifferences, missingCases } from './compare-base.js';
import {
  brokenUnder,
  countedVerdicts,
  mendedCases,
  NO_TERMS,
  overBudget,
  type SuiteTerms,
  splitExcused,
} from './judge-suite.js';
import { failureKey, type RunFacts, type SubmissionFacts } from './run-facts.js';

/** What one suite has on one target. */
export interface SuiteRuns {
  readonly suite: string;
  readonly target: string;
  readonly submissionIds: string[];
  runs: RunFacts[];
  /** Runs whose failure was followed by a pass when somebody had them run again. */
  readonly cured: string[];
}

/** The name that a suite has, whether it is run for the first time or again. */
export const suiteOf = (name: string): string => name.replace(/ \(rerun of sub_\w+\)$/, '');

/**
 * Runs by suite and target. A submission of the same name replaces the one before it; one that runs another again
 * replaces only what it ran, and where that is gone it stands for nothing: it is a part, and its passes say nothing of the rest.
 * @param all - the oldest first
 */
export function foldRuns(all: readonly SubmissionFacts[]): SuiteRuns[] {
  const suites = new Map<string, SuiteRuns>();
  for (const { submission, runs } of all) {
    const suite = suiteOf(submission.name);
    for (const [target, some] of byTarget(runs)) {
      const key = JSON.stringify([suite, target]);
      const before = suites.get(key);
      const isRerun = submission.rerunOf !== undefined;
      if (before && isRerun) replaceSome(before, some, submission.id);
      else if (!isRerun)
        suites.set(key, { suite, target, submissionIds: [submission.id], runs: some, cured: [] });
    }
  }
  return [...suites.values()];
}

function byTarget(runs: readonly RunFacts[]): Map<string, RunFacts[]> {
  const targets = new Map<string, RunFacts[]>();
  for (const run of runs) {
    const same = targets.get(run.target);
    if (same) same.push(run);
    else targets.set(run.target, [run]);
  }
  return targets;
}

const sameRun = (a: RunFacts, b: RunFacts): boolean =>
  a.name === b.name && a.imageName === b.imageName;

/** Each run again takes the place of the first of its kind that did not pass; failing that, of any of its kind. */
function replaceSome(suite: SuiteRuns, again: readonly RunFacts[], submissionId: string): void {
  const taken = new Set<RunFacts>();
  for (const run of again) {
    const same = suite.runs.filter((old) => sameRun(old, run) && !taken.has(old));
    const old =
      same.find(({ verdict }) => verdict !== null && meaningOf(verdict) !== 'good') ?? same[0];
    taken.add(run);
    if (!old) suite.runs.push(run);
    else suite.runs = suite.runs.map((each) => (each === old ? run : each));
    const wasBad = old?.verdict != null && meaningOf(old.verdict) === 'bad';
    if (wasBad && run.verdict !== null && meaningOf(run.verdict) === 'good')
      suite.cured.push(run.name);
  }
  suite.submissionIds.push(submissionId);
}

/** @param base - what the base had; undefined when it has no results */
export function resultsOf(
  suite: SuiteRuns,
  base: Base | undefined,
  terms: SuiteTerms = NO_TERMS,
): CheckResults {
  const { runs } = suite;
  const verdicts: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of runs)
    if (verdict !== null) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  const finished = runs.filter(({ verdict }) => verdict !== null).length;
  const troubled = runs.filter(
    ({ verdict }) => verdict !== null && meaningOf(verdict) === 'unknown',
  );
  const failures = failedCases(runs, base?.failures ?? new Set(), terms);
  const { counted, excused } = splitExcused(failures, terms);
  const flaky = runs.filter(({ verdict }) => verdict === 'flaky').map(({ name }) => name);
  return {
    ...{ suite: suite.suite, target: suite.target, submissionIds: suite.submissionIds },
    ...{ verdicts, total: runs.length, finished },
    finishedMs: Math.max(0, ...runs.map((run) => run.finishedMs)),
    failures: counted,
    ...{ excused, counted: countedVerdicts(runs, terms), gate: terms.gate },
    overBudget: overBudget(runs, terms),
    mended: mendedCases(runs, terms),
    missing: base ? missingCases(runs, base) : [],
    missingFails: terms.missingCases === 'fail',
    metrics: base ? metricDifferences(runs, base) : [],
    changes: [],
    troubles: troubled.map(({ name, verdict, message }) => ({
      run: name,
      why: message || `${verdict}`,
    })),
    flaky: [...flaky, ...suite.cured],
    ...(base && { base: base.sha }),
  };
}

/** New ones first, and among them what failed on most boards. */
function failedCases(
  runs: readonly RunFacts[],
  base: ReadonlySet<string>,
  terms: SuiteTerms,
): FailedCase[] {
  const failures = new Map<string, Omit<FailedCase, 'boards'> & { boards: string[] }>();
  for (const run of runs)
    for (const one of brokenUnder(run, terms)) {
      const key = failureKey(run.name, one.name);
      const before = failures.get(key);
      if (!before)
        failures.set(key, { ...one, run: run.name, boards: [run.board], known: base.has(key) });
      else if (!before.boards.includes(run.board)) before.boards.push(run.board);
    }
  return [...failures.values()].sort(byImportance);
}

function byImportance(a: FailedCase, b: FailedCase): number {
  if (a.known !== b.known) return a.known ? 1 : -1;
  const code = Number(isAgainstCode(b.verdict)) - Number(isAgainstCode(a.verdict));
  return code || b.boards.length - a.boards.length;
}
