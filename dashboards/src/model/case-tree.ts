import type { CaseView } from '@greenrack/farm-protocol';

/** Cases whose names begin alike: `keys: a key is found again`. */
export interface CaseGroup {
  /** Empty for those that stand alone. */
  readonly name: string;
  readonly cases: readonly CaseView[];
  /** Of all that have ended; null while none has. */
  readonly durationUs: number | null;
}

const prefixOf = (name: string) => /^([^:]{1,60}): \S/.exec(name)?.[1] ?? '';

/** What of its name a case shows within its group. */
export const nameInGroup = ({ name }: CaseView, group: string) =>
  group === '' ? name : name.slice(group.length + 2);

/** Cases in groups, each where its first case stands. A prefix that only one case has makes no group. */
export function caseGroups(cases: readonly CaseView[]): CaseGroup[] {
  const sizes = new Map<string, number>();
  for (const { name } of cases) sizes.set(prefixOf(name), (sizes.get(prefixOf(name)) ?? 0) + 1);
  const groups = new Map<string, CaseView[]>();
  for (const one of cases) {
    const prefix = prefixOf(one.name);
    const name = (sizes.get(prefix) ?? 0) > 1 ? prefix : '';
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return [...groups].map(([name, of]) => ({ name, cases: of, durationUs: sumOf(of) }));
}

function sumOf(cases: readonly CaseView[]): number | null {
  const told = cases.flatMap(({ durationUs }) => durationUs ?? []);
  return told.length === 0 ? null : told.reduce((sum, one) => sum + one, 0);
}
