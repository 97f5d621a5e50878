import type { SpecRun } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { checkedData, readTextFile, yamlData } from '../data-file.js';
import { allowedFailuresOf, allowedFailuresSchema } from './allowed-failures.js';
import type { PlannedTest } from './planned-test.js';
import { matchesWildcard } from './wildcard.js';

const MAX_BYTES = 4 * 1024 * 1024;
const MEANING = { PASSING: 'pass', FLAKY: 'flaky', FAILING: 'fail' } as const;

const stateSchema = z.enum(['PASSING', 'FLAKY', 'FAILING']);
/** Test name, which may hold `*` and `?`, to its state: one for all targets, or one per target with a `default`. */
const expectationsSchema = z.record(
  z.string().min(1).max(200),
  z.union([stateSchema, z.record(z.string().max(64), stateSchema)]),
);
type Expectations = z.infer<typeof expectationsSchema>;

/** What a list of expected failures says of a test. */
export type ExpectationList = (test: PlannedTest) => Pick<SpecRun, 'expect' | 'expectCases'>;

/**
 * Reads a list of expected failures, in JSON5 or YAML: our own form, or Mbed CE's.
 * @throws UsageError, FarmError that names the entry
 */
export function readExpectations(file: string): ExpectationList {
  const read = yamlData(file, withoutComments(readTextFile(file, MAX_BYTES)));
  const data = { ...read, value: read.value ?? {} };
  if (typeof data.value === 'object' && 'allowed_failures' in data.value) {
    const list = checkedData(allowedFailuresSchema, data);
    return (test) => allowedFailuresOf(list.allowed_failures, test);
  }
  const list = checkedData(expectationsSchema, data);
  return (test) => expectationOf(test, list);
}

/** Tests with what is expected of them. */
export const withExpectations = (
  tests: readonly PlannedTest[],
  list: ExpectationList,
): PlannedTest[] => tests.map((test) => ({ ...test, run: { ...test.run, ...list(test) } }));

/** A test's own name outweighs wildcards, of which the last that fits counts. */
function expectationOf(
  { name, target }: PlannedTest,
  expectations: Expectations,
): Pick<SpecRun, 'expect'> {
  const own = Object.hasOwn(expectations, name) ? expectations[name] : undefined;
  const entry =
    own ??
    Object.entries(expectations).findLast(([pattern]) => matchesWildcard(pattern, name))?.[1];
  const state = typeof entry === 'object' ? (entry[target] ?? entry.default) : entry;
  return state ? { expect: MEANING[state] } : {};
}

/** YAML reads JSON5 but for its comments: they become blanks, strings stay as they are. */
function withoutComments(text: string): string {
  const parts = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(parts, (part) => (part.startsWith('/') ? part.replace(/[^\n]/g, ' ') : part));
}
