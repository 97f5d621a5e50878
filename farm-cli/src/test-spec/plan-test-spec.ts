import { existsSync } from 'node:fs';
import { FarmError, type FieldError, targetNameSchema } from '@greenrack/farm-protocol';
import { readCompareLog } from './compare-log-file.js';
import type { FoundBuild } from './find-test-specs.js';
import type { PlannedTest } from './planned-test.js';
import { specPaths } from './spec-paths.js';
import type { TestSpecBinary } from './test-spec-schema.js';

/** Longest list of missing files in one message. */
const MAX_SHOWN = 5;

/** A test as a build lists it. */
export interface ListedTest {
  readonly name: string;
  readonly found: FoundBuild;
}

/** All tests of builds, in the order of their files. */
export function listTests(builds: readonly FoundBuild[]): ListedTest[] {
  return builds.flatMap((found) => Object.keys(found.build.tests).map((name) => ({ name, found })));
}

/**
 * Finds the images of tests. `cwd` is where a build tool would have been started.
 * @throws FarmError `invalid_spec` that names each test whose image is missing by its path in the spec
 */
export function planTests(listed: readonly ListedTest[], cwd: string): PlannedTest[] {
  const problems: FieldError[] = [];
  const tests: PlannedTest[] = [];
  for (const each of listed) {
    const planned = planTest(each, cwd);
    if ('message' in planned) problems.push(planned);
    else tests.push(planned);
  }
  if (problems.length === 0) return tests;
  const shown = problems.slice(0, MAX_SHOWN).map(({ path, message }) => `${path}: ${message}`);
  const rest = problems.length - shown.length;
  const more = rest > 0 ? `\nand ${rest} more` : '';
  throw new FarmError('invalid_spec', shown.join('\n') + more, { fields: problems });
}

function planTest({ found, name: test }: ListedTest, cwd: string): PlannedTest | FieldError {
  const { name, build } = found;
  const binaries = build.tests[test]?.binaries ?? [];
  const path = `builds.${name}.tests.${test}`;
  const index = binaries.findIndex((binary) => isBootable(binary, build.binary_type));
  const binary = binaries[index];
  if (!binary) return { path, message: 'none of its binaries is bootable' };
  const target = targetOf(build.platform);
  if (!targetNameSchema.safeParse(target).success)
    return {
      path: `builds.${name}.platform`,
      message: `'${build.platform}' is no Mbed target name`,
    };
  const tried = specPaths(found, binary.path, cwd);
  const image = tried.find((file) => existsSync(file));
  if (image === undefined)
    return {
      path: `${path}.binaries[${index}].path`,
      message: `no such file; looked for ${tried.join(', ')}. Build the tests again`,
    };
  const base = { name: test, target, image, group: name };
  const timing = build.baud_rate === undefined ? {} : { timing: { baudRate: build.baud_rate } };
  const run = { build: { toolchain: build.toolchain }, ...timing };
  if (binary.compare_log === undefined) return { ...base, run };
  const logs = specPaths(found, binary.compare_log, cwd);
  const log = logs.find((file) => existsSync(file));
  if (log === undefined)
    return {
      path: `${path}.binaries[${index}].compare_log`,
      message: `no such file; looked for ${logs.join(', ')}`,
    };
  return { ...base, run: { ...run, ...readCompareLog(log) } };
}

function isBootable({ binary_type }: TestSpecBinary, ofBuild: string | undefined): boolean {
  return (binary_type ?? ofBuild ?? 'bootable') === 'bootable';
}

/** The board's own name: builds for TrustZone add the side that they are for, some after `_PSA` or `_NPSA`. */
export function targetOf(platform: string): string {
  return platform.replace(/(?:_N?PSA)?_N?S$|_NPSA$/, '');
}
