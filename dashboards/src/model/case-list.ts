import {
  beginningExecution,
  endingExecution,
  type KnownCases,
  replacesEnd,
} from '@greenrack/farm-model';
import type { CaseView, EventBody } from '@greenrack/farm-protocol';

const freshCase = (ordinal: number, name: string): CaseView => ({
  ordinal,
  name,
  verdict: null,
  durationUs: null,
  failures: [],
});

function withCase(cases: readonly CaseView[], name: string, change: Partial<CaseView>): CaseView[] {
  const at = cases.findIndex((known) => known.name === name);
  const before = cases[at] ?? freshCase(cases.length, name);
  const after = { ...before, ...change };
  return at < 0 ? [...cases, after] : cases.with(at, after);
}

type CaseEnd = Extract<EventBody, { type: 'caseEnd' }>;

const knownOf =
  (cases: readonly CaseView[]): KnownCases =>
  (name) =>
    cases.find((one) => one.name === name)?.verdict;

/** A case runs; one that had ended runs again, as an execution of its own. */
export function caseBegun(
  cases: readonly CaseView[],
  name: string,
): { cases: CaseView[]; current: string } {
  const current = beginningExecution(name, knownOf(cases));
  return { cases: withCase(cases, current, {}), current };
}

/** A case has ended; told twice, the worse end stays. */
export function caseEnded(
  cases: readonly CaseView[],
  { name, verdict, durationUs, failures }: CaseEnd,
): readonly CaseView[] {
  const execution = endingExecution(name, knownOf(cases));
  const before = cases.find((one) => one.name === execution);
  const isTold = before?.verdict && { verdict: before.verdict, failures: before.failures };
  if (isTold && !replacesEnd({ verdict, failures }, isTold)) return cases;
  return withCase(cases, execution, { verdict, durationUs, failures });
}

/** Adds the names that the firmware announces. */
export function casesListed(cases: readonly CaseView[], names: readonly string[]): CaseView[] {
  const known = new Set(cases.map((one) => one.name));
  const listed = [...cases];
  for (const name of names) {
    if (known.has(name)) continue;
    known.add(name);
    listed.push(freshCase(listed.length, name));
  }
  return listed;
}
