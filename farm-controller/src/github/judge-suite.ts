import { expectationOf, matchesWildcard } from '@greenrack/farm-model';
import type { Budget, ExpectedFailure, Policy, Verdict } from '@greenrack/farm-protocol';
import type { FailedCase } from './check-model.js';
import { brokenCases, type CaseFacts, type RunFacts } from './run-facts.js';

/** A case that is reported and does not gate, for a while, because somebody said so. */
export interface Quarantined extends ExpectedFailure {
  /** Empty: on all targets, in all suites. */
  readonly target: string;
  readonly suite: string;
  readonly owner: string;
}

type Excuse = ExpectedFailure | Quarantined;

/** By what the results of one suite on one target are judged. */
export interface SuiteTerms {
  readonly gate: 'required' | 'informative';
  readonly excused: readonly Excuse[];
  readonly budgets: readonly Budget[];
  readonly missingCases: Policy['missingCases'];
  readonly nowMs: number;
}

export const NO_TERMS: SuiteTerms = {
  ...{ gate: 'required', excused: [], budgets: [], missingCases: 'report', nowMs: 0 },
};

/** What a repository says of one suite, by all policies at once, and what has been taken out of it by hand. */
export function termsOf(
  policies: readonly Policy[],
  { suite, target, nowMs }: { suite: string; target: string; nowMs: number },
  quarantined: readonly Quarantined[],
): SuiteTerms {
  const named = policies.map(({ suites, otherSuites }) => ({
    ...{ gate: otherSuites, expectedFailures: [], budgets: [] },
    ...suites.find(({ name, targets }) => name === suite && targets.includes(target)),
  }));
  const here = quarantined.filter(
    (one) =>
      (one.target === '' || one.target === target) && (one.suite === '' || one.suite === suite),
  );
  return {
    gate: named.some(({ gate }) => gate === 'required') ? 'required' : 'informative',
    excused: [...inAll(named.map(({ expectedFailures }) => expectedFailures)), ...here],
    budgets: named.flatMap(({ budgets }) => budgets),
    missingCases: policies.some(({ missingCases }) => missingCases === 'fail') ? 'fail' : 'report',
    nowMs,
  };
}

/** Expected by each of the policies, for as long as all of them expect it. */
function inAll([first = [], ...others]: readonly ExpectedFailure[][]): ExpectedFailure[] {
  return first.flatMap((entry) => {
    const same = others.map((each) =>
      each.find((one) => one.case === entry.case && one.run === entry.run),
    );
    if (!same.every((one) => one !== undefined)) return [];
    const days = [entry, ...same].flatMap(({ until }) => until ?? []).sort();
    return [{ ...entry, ...(days[0] !== undefined && { until: days[0] }) }];
  });
}

/** Failures that do not count, each with the reason. */
export function splitExcused(
  failures: readonly FailedCase[],
  { excused, nowMs }: SuiteTerms,
): { counted: FailedCase[]; excused: (FailedCase & { why: string })[] } {
  const split = { counted: [] as FailedCase[], excused: [] as (FailedCase & { why: string })[] };
  for (const failure of failures) {
    const entry = expectationOf(excused, failure, nowMs);
    if (entry) split.excused.push({ ...failure, why: reasonText(entry) });
    else split.counted.push(failure);
  }
  return split;
}

function reasonText(entry: Excuse): string {
  const { reason, until } = entry;
  const whose = 'owner' in entry ? `quarantined by ${entry.owner}: ` : '';
  return `${whose}${reason}${until === undefined ? '' : ` (until ${until})`}`;
}

/** What broke a run; of one whose cases are all excused also that it may hide more than those. */
export function brokenUnder(run: RunFacts, terms: SuiteTerms): readonly CaseFacts[] {
  const { name, verdict, unread } = run;
  const broken = brokenCases(run);
  if (verdict === null || broken.length === 0 || unread === '') return broken;
  if (!areExcused(run, broken, terms)) return broken;
  return [...broken, { name, verdict, message: `beside its expected failures: ${unread}` }];
}

const areExcused = (
  { name: run }: RunFacts,
  broken: readonly CaseFacts[],
  { excused, nowMs }: SuiteTerms,
): boolean => broken.every(({ name }) => expectationOf(excused, { run, name }, nowMs));

/** Verdicts as they count: a run all of whose failures are excused is as good as a pass. */
export function countedVerdicts(
  runs: readonly RunFacts[],
  terms: SuiteTerms,
): Partial<Record<Verdict, number>> {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const run of runs) {
    if (run.verdict === null) continue;
    const broken = brokenUnder(run, terms);
    const isExcused = broken.length > 0 && areExcused(run, broken, terms);
    const verdict = isExcused ? 'xfail' : run.verdict;
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
}

/** What the policy expects to fail, and passes in every run that has it. What is quarantined may well pass at times. */
export function mendedCases(runs: readonly RunFacts[], terms: SuiteTerms): ExpectedFailure[] {
  const { excused, nowMs } = terms;
  return excused.filter((entry) => {
    if ('owner' in entry) return false;
    const met = runs.flatMap(({ name: run, known, verdict: ofRun }) =>
      known.flatMap(({ name, verdict }) => {
        const isMeant = expectationOf([entry], { run, name }, nowMs) !== undefined;
        return isMeant ? [verdict === 'pass' && ofRun !== 'flaky'] : [];
      }),
    );
    return met.length > 0 && met.every(Boolean);
  });
}

/** Metrics outside their bounds, as failures of their case. */
export function overBudget(runs: readonly RunFacts[], { budgets }: SuiteTerms): FailedCase[] {
  const found = new Map<string, FailedCase & { boards: string[] }>();
  for (const { name: run, board, metrics } of runs)
    for (const { name, caseName, value, unit } of metrics) {
      const bound = budgets.find(
        (one) =>
          matchesWildcard(one.metric, name) &&
          matchesWildcard(one.case ?? '*', caseName ?? '') &&
          (value < (one.min ?? -Infinity) || value > (one.max ?? Infinity)),
      );
      if (!bound) continue;
      const key = JSON.stringify([run, caseName, name]);
      const same = found.get(key);
      if (same) same.boards.push(board);
      else
        found.set(key, { ...broken({ name, caseName, value, unit }, bound), run, boards: [board] });
    }
  return [...found.values()];
}

function broken(
  metric: { name: string; caseName?: string | undefined; value: number; unit: string },
  { min, max }: Budget,
): Omit<FailedCase, 'run' | 'boards'> {
  const { name, caseName, value, unit } = metric;
  const bounds = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ].join(' and ');
  const message = `${name} is ${value} ${unit}, and must be ${bounds}`;
  return { name: caseName ?? name, verdict: 'fail', message, known: false };
}
