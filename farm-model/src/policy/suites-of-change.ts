import type { ExpectedFailure, Policy, PolicySuite } from '@greenrack/farm-protocol';
import { isMeant } from './paths.js';
import { matchesWildcard } from './wildcard.js';

/** Suites that a change needs. @param changed - its paths; undefined when they are not known or too many: then all are */
export function suitesOfChange(
  policy: Policy,
  changed: readonly string[] | undefined,
): PolicySuite[] {
  return policy.suites.filter(
    ({ paths }) =>
      paths === undefined || changed === undefined || changed.some((path) => isMeant(paths, path)),
  );
}

/** The last moment at which an entry holds that names a day: in no time zone is it over before. */
const endOfDayMs = (day: string): number => Date.parse(`${day}T00:00:00Z`) + 36 * 3_600_000;

/** The entry by which a failure does not count now. */
export function expectationOf(
  expected: readonly ExpectedFailure[],
  failure: { readonly run: string; readonly name: string },
  nowMs: number,
): ExpectedFailure | undefined {
  return expected.find(
    ({ case: name, run = '*', until }) =>
      matchesWildcard(name, failure.name) &&
      matchesWildcard(run, failure.run) &&
      (until === undefined || nowMs < endOfDayMs(until)),
  );
}
