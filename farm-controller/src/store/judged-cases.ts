import type { CaseExpectations, Verdict } from '@greenrack/farm-protocol';
import type { JudgedCase } from './ports.js';
import type { Tx } from './store-database.js';
import { parseJson } from './views.js';

/** An attempt with the verdict that it gave. */
export interface JudgedAttempt {
  readonly id: string;
  readonly verdict: Verdict;
}

/** Attempts without those that have not ended. */
export const judgedAttempts = (
  rows: readonly { readonly id: string; readonly verdict: Verdict | null }[],
): JudgedAttempt[] =>
  rows.flatMap(({ id, verdict }) => (verdict === null ? [] : [{ id, verdict }]));

/**
 * The cases that a run is judged by: those of its latest attempt, or, when that one met trouble around the code only, of
 * the first that did not. Undefined for a run without expectations of single cases.
 * @param attempts - in their order
 */
export async function judgedCases(
  tx: Tx,
  attempts: readonly JudgedAttempt[],
  expectationsJson: string | null,
): Promise<JudgedCase[] | undefined> {
  if (expectationsJson === null) return undefined;
  const expected = parseJson<CaseExpectations>(expectationsJson);
  const latest = attempts.at(-1);
  const judged =
    latest?.verdict === 'infra' ? attempts.find(({ verdict }) => verdict !== 'infra') : latest;
  if (!judged) return [];
  const rows = await tx
    .selectFrom('cases')
    .select(['name', 'verdict'])
    .where('attempt_id', '=', judged.id)
    .orderBy('ordinal')
    .execute();
  return rows.map(({ name, verdict }) => ({
    name,
    verdict,
    expect: (Object.hasOwn(expected, name) && expected[name]) || 'pass',
  }));
}
