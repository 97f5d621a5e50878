import type { RunView, Verdict } from '@greenrack/farm-protocol';
import { meaningOf } from '../verdict-meaning.js';

export const COMPARISONS = ['broken', 'mended', 'otherwise', 'new', 'absent', 'same'] as const;
/** `otherwise`: another verdict of the same meaning; `new` and `absent`: only one of the two has it. */
export type Comparison = (typeof COMPARISONS)[number];

/** What broke stands first, what stayed the same last. */
export const byComparison = (
  a: { readonly change: Comparison },
  b: { readonly change: Comparison },
): number => COMPARISONS.indexOf(a.change) - COMPARISONS.indexOf(b.change);

/** What is needed of a run to find it again in another submission. */
export type ComparableRun = Pick<RunView, 'name' | 'ordinal' | 'verdict'> & {
  readonly requirement: Pick<RunView['requirement'], 'target'>;
};

/** One run beside the same run of another submission. */
export interface ComparedRun<R extends ComparableRun = RunView> {
  readonly name: string;
  readonly target: string;
  readonly change: Comparison;
  readonly before: R | undefined;
  readonly after: R | undefined;
}

/** From one verdict to another, of a run or of a case. */
export function changeOf(before: Verdict | null, after: Verdict | null): Comparison {
  if (before === after) return 'same';
  const [was, is] = [meaningOf(before), meaningOf(after)];
  if (is === 'bad' && was !== 'bad') return 'broken';
  if (is === 'good' && was !== 'good') return 'mended';
  return 'otherwise';
}

/** Names a run across submissions; those of one name are told apart by their order. */
function keyed<R extends ComparableRun>(runs: Iterable<R>): Map<string, R> {
  const seen = new Map<string, number>();
  const all = new Map<string, R>();
  for (const run of [...runs].sort((a, b) => a.ordinal - b.ordinal)) {
    const key = JSON.stringify([run.name, run.requirement.target]);
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    all.set(`${key} ${count}`, run);
  }
  return all;
}

/** Compares two submissions run by run; what broke comes first. */
export function compareRuns<R extends ComparableRun>(
  before: Iterable<R>,
  after: Iterable<R>,
): ComparedRun<R>[] {
  const [old, young] = [keyed(before), keyed(after)];
  const keys = new Set([...young.keys(), ...old.keys()]);
  return [...keys]
    .flatMap((key): ComparedRun<R>[] => {
      const [was, is] = [old.get(key), young.get(key)];
      const either = is ?? was;
      if (!either) return [];
      const change = !was ? 'new' : !is ? 'absent' : changeOf(was.verdict, is.verdict);
      const target = either.requirement.target;
      return [{ name: either.name, target, change, before: was, after: is }];
    })
    .sort(byComparison);
}
