import type { SpecRun } from '@greenrack/farm-protocol';
import { z } from 'zod';

const MEANING = { passing: 'pass', flaky: 'flaky', failing: 'fail' } as const;
const stateSchema = z.enum(['passing', 'flaky', 'failing']);
type State = z.infer<typeof stateSchema>;

/**
 * Mbed CE's list of allowed failures, `targets/allowed_test_failures.json5`: test name → case name → state, with other
 * states for some targets. (Its model is AllowedTestFailures in mbed-ce-test-tools.)
 */
export const allowedFailuresSchema = z.strictObject({
  allowed_failures: z.record(
    z.string().min(1).max(200),
    z.record(
      z.string().min(1).max(200),
      z.strictObject({
        default: stateSchema.default('passing'),
        target_overrides: z.record(z.string().max(64), stateSchema).default({}),
      }),
    ),
  ),
});
type Listed = z.infer<typeof allowedFailuresSchema>['allowed_failures'];

/** What the list expects of a test's cases on a target. A test that has no cases is listed as a case of its own name. */
export function allowedFailuresOf(
  listed: Listed,
  { name, target }: { readonly name: string; readonly target: string },
): Pick<SpecRun, 'expect' | 'expectCases'> {
  const cases = Object.hasOwn(listed, name) ? Object.entries(listed[name] ?? {}) : [];
  const expected = cases.flatMap(([caseName, { default: general, target_overrides: own }]) => {
    const state: State = (Object.hasOwn(own, target) ? own[target] : undefined) ?? general;
    return state === 'passing' ? [] : [[caseName, MEANING[state]] as const];
  });
  if (expected.length === 0) return {};
  const [only] = expected;
  if (only && expected.length === 1 && only[0] === name) return { expect: only[1] };
  return { expectCases: Object.fromEntries(expected) };
}
