import type { FailureGroup } from '@greenrack/farm-model';

/** What this build has broken before what was broken already; the order stays otherwise. */
export function newFirst(
  groups: readonly FailureGroup[],
  fresh: ReadonlySet<string>,
): readonly FailureGroup[] {
  return [
    ...groups.filter(({ key }) => fresh.has(key)),
    ...groups.filter(({ key }) => !fresh.has(key)),
  ];
}
