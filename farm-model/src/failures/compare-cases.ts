import type { CaseVerdict } from '@greenrack/farm-protocol';
import { type Comparison, changeOf } from './compare-runs.js';

export interface JudgedCase {
  readonly name: string;
  readonly verdict: CaseVerdict | null;
}

/** One case beside the same case of another run. */
export interface ComparedCase {
  readonly name: string;
  readonly change: Comparison;
  readonly before: JudgedCase | undefined;
  readonly after: JudgedCase | undefined;
}

/** Compares two runs case by case; undefined is a run that is not there. */
export function compareCases(
  before: readonly JudgedCase[],
  after: readonly JudgedCase[],
): ComparedCase[] {
  const [old, young] = [byName(before), byName(after)];
  return [...new Set([...young.keys(), ...old.keys()])].map((name) => {
    const [was, is] = [old.get(name), young.get(name)];
    const change = !was ? 'new' : !is ? 'absent' : changeOf(was.verdict, is.verdict);
    return { name, change, before: was, after: is };
  });
}

const byName = (cases: readonly JudgedCase[]) => new Map(cases.map((one) => [one.name, one]));
