import { readFileSync, statSync } from 'node:fs';
import { type Expectation, parseOrThrow } from '@greenrack/farm-protocol';
import { parse } from 'yaml';
import { z } from 'zod';
import { errorText } from '../error-text.js';
import { UsageError } from '../exit-code.js';
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

/** Reads a list of expected failures, in JSON5 or YAML. @throws UsageError, FarmError that names the entry */
export function readExpectations(file: string): Expectations {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new UsageError(`${file}: no such file`);
  if (size > MAX_BYTES) throw new UsageError(`${file}: is over ${MAX_BYTES} bytes`);
  let value: unknown;
  try {
    const text = withoutComments(readFileSync(file, 'utf8'));
    value = parse(text, { schema: 'core', maxAliasCount: 0, stringKeys: true });
  } catch (error) {
    throw new UsageError(`${file}: ${errorText(error).split('\n', 1)[0]}`);
  }
  return parseOrThrow(expectationsSchema, value ?? {}, 'invalid_spec', file);
}

/** Tests with what is expected of them. A test's own name outweighs wildcards, of which the last that fits counts. */
export function withExpectations(
  tests: readonly PlannedTest[],
  expectations: Expectations,
): PlannedTest[] {
  return tests.map((test) => {
    const expect = expectationOf(test, expectations);
    return expect === undefined ? test : { ...test, run: { ...test.run, expect } };
  });
}

function expectationOf(
  { name, target }: PlannedTest,
  expectations: Expectations,
): Expectation | undefined {
  const own = Object.hasOwn(expectations, name) ? expectations[name] : undefined;
  const entry =
    own ??
    Object.entries(expectations).findLast(([pattern]) => matchesWildcard(pattern, name))?.[1];
  const state = typeof entry === 'object' ? (entry[target] ?? entry.default) : entry;
  return state && MEANING[state];
}

/** YAML reads JSON5 but for its comments: they become blanks, strings stay as they are. */
function withoutComments(text: string): string {
  const parts = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return text.replace(parts, (part) => (part.startsWith('/') ? part.replace(/[^\n]/g, ' ') : part));
}
