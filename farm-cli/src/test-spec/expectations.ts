import { join, resolve } from 'node:path';
import { matchesWildcard } from '@greenrack/farm-model';
import type { SpecRun } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { checkedData, readTextFile, yamlData } from '../data-file.js';
import { repositoryDir } from '../process/repository.js';
import { allowedFailuresOf, allowedFailuresSchema } from './allowed-failures.js';
import type { PlannedTest } from './planned-test.js';

const MAX_BYTES = 4 * 1024 * 1024;
const MEANING = { PASSING: 'pass', FLAKY: 'flaky', FAILING: 'fail' } as const;

const stateSchema = z.enum(['PASSING', 'FLAKY', 'FAILING']);
const targetSchema = z.string().max(64);
/** What a test is expected to do on some targets, or on all, and why. */
const explainedSchema = z.strictObject({
  state: stateSchema,
  targets: z.array(targetSchema).max(64).optional(),
  reason: z.string().max(1000),
});
/**
 * Test name, which may hold `*` and `?`, to its state: one for all targets, one per target with a `default`, or one with
 * its reason.
 */
const expectationsSchema = z.record(
  z.string().min(1).max(200),
  z.union([stateSchema, explainedSchema, z.record(targetSchema, stateSchema)]),
);
type Expectations = z.infer<typeof expectationsSchema>;

/** What a list of expected failures says of a test. */
export type ExpectationList = (test: PlannedTest) => Pick<SpecRun, 'expect' | 'expectCases'>;

/** Name of the list that comes with Greenrack: what the tests of Mbed CE cannot do on virtual boards. */
const VIRTUAL = 'virtual';

/** The file that `--expectations` names. */
export function expectationsFile(named: string, cwd: string): string {
  if (named !== VIRTUAL) return resolve(cwd, named);
  return join(repositoryDir(), 'test-suites', 'suites', 'mbed-os', 'virtual-boards.yaml');
}

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
  const state = stateOn(target, entry);
  return state ? { expect: MEANING[state] } : {};
}

function stateOn(target: string, entry: Expectations[string] | undefined) {
  if (typeof entry !== 'object') return entry;
  if (!isExplained(entry)) return entry[target] ?? entry.default;
  return entry.targets?.includes(target) === false ? undefined : entry.state;
}

function isExplained(
  entry: Exclude<Expectations[string], string>,
): entry is z.infer<typeof explainedSchema> {
  return 'reason' in entry;
}

/** YAML reads JSON5 but for its comments: they become blanks, strings stay as they are. */
function withoutComments(text: string): string {
  const parts = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(parts, (part) => (part.startsWith('/') ? part.replace(/[^\n]/g, ' ') : part));
}
