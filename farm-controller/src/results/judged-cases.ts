import { caseOfExecution, compareCaseVerdicts, decidingAttempt } from '@greenrack/farm-model';
import type { CaseExpectations, CaseVerdict, Verdict } from '@greenrack/farm-protocol';
import type { Tx } from '../store/for-stages.js';
import type { JudgedCase } from '../store/ports.js';

/** An attempt with the verdict that it gave. */
export interface JudgedAttempt {
  readonly id: string;
  readonly verdict: Verdict;
}

/** Attempts without those that have not ended. */
export function judgedAttempts<A extends { readonly verdict: Verdict | null }>(
  rows: readonly A[],
): (A & { readonly verdict: Verdict })[] {
  return rows.filter((row): row is A & { readonly verdict: Verdict } => row.verdict !== null);
}

/**
 * The cases that a run is judged by: those of its latest attempt, or, when that one met trouble around the code only, of
 * the first that did not. Undefined for a run without expectations of single cases.
 * @param attempts - in their order
 */
export async function judgedCases(
  tx: Tx,
  attempts: readonly JudgedAttempt[],
  expected: CaseExpectations | undefined,
): Promise<JudgedCase[] | undefined> {
  if (!expected) return undefined;
  const judged = decidingAttempt(attempts);
  if (!judged) return [];
  const rows = await tx
    .selectFrom('cases')
    .select(['name', 'verdict'])
    .where('attempt_id', '=', judged.id)
    .orderBy('ordinal')
    .execute();
  return weighedTogether(rows, expected).map(({ name, verdict }) => ({
    name,
    verdict,
    expect: expectationOf(name, expected),
  }));
}

type NamedVerdict = Pick<JudgedCase, 'name' | 'verdict'>;

/** Expectations are written for cases, not for their executions: the worst of these speaks for a case. */
function weighedTogether(
  rows: readonly NamedVerdict[],
  expected: CaseExpectations,
): NamedVerdict[] {
  const names = new Set(rows.map(({ name }) => name));
  const cases = new Map<string, NamedVerdict>();
  for (const { name: execution, verdict } of rows) {
    const base = caseOfExecution(execution);
    const isOwn = !names.has(base) || Object.hasOwn(expected, execution);
    const name = isOwn ? execution : base;
    const before = cases.get(name);
    cases.set(name, { name, verdict: before ? worse(before.verdict, verdict) : verdict });
  }
  return [...cases.values()];
}

/** A case without a verdict is worse than one that passed, and says less than one that failed. */
function worse(a: CaseVerdict | null, b: CaseVerdict | null): CaseVerdict | null {
  if (a === null || b === null) {
    const other = a ?? b;
    return other === null || compareCaseVerdicts(other, 'pass') <= 0 ? null : other;
  }
  return compareCaseVerdicts(a, b) >= 0 ? a : b;
}

function expectationOf(name: string, expected: CaseExpectations): JudgedCase['expect'] {
  return (Object.hasOwn(expected, name) && expected[name]) || 'pass';
}
