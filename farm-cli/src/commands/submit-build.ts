import { basename, resolve } from 'node:path';
import type { SpecRun } from '@greenrack/farm-protocol';
import { listCtest, planCtest } from '../ctest/read-ctest.js';
import { UsageError } from '../exit-code.js';
import type { FormatsOf } from '../submission/choose-format.js';
import type { PreparedSubmission } from '../submission/prepared.js';
import { expectationsFile, readExpectations, withExpectations } from '../test-spec/expectations.js';
import { findBuilds } from '../test-spec/find-test-specs.js';
import { listTests, planTests, targetOf } from '../test-spec/plan-test-spec.js';
import type { PlannedTest } from '../test-spec/planned-test.js';
import { prepareTests } from '../test-spec/prepare-tests.js';
import { namesOf, type Selection, selectTests } from '../test-spec/select-tests.js';

/** Options of `submit` that name the tests of a build. */
export interface BuildOptions {
  readonly testSpec?: string[];
  readonly ctest?: string;
  readonly expectations?: string;
  readonly tests?: string[];
  readonly skip?: string[];
  readonly target?: string;
  readonly name?: string;
  readonly priority?: string;
}

/** Whether the call names tests of a build rather than images. @throws UsageError for options that need it */
export function isOfBuild(options: BuildOptions): boolean {
  if (options.testSpec !== undefined && options.ctest !== undefined)
    throw new UsageError('--test-spec and --ctest are two ways to name the tests: use one');
  if (options.testSpec !== undefined || options.ctest !== undefined) return true;
  if (options.tests || options.skip || options.expectations)
    throw new UsageError('-n, -i and --expectations need --test-spec or --ctest');
  return false;
}

interface BuildPlace {
  readonly cwd: string;
  /** Further paths of the call. */
  readonly paths: readonly string[];
  readonly formatsOf: FormatsOf;
}

/** The tests of builds, under the names that stock reports give them. */
export async function prepareBuild(
  { cwd, paths, formatsOf }: BuildPlace,
  options: BuildOptions,
  run: Partial<SpecRun>,
): Promise<PreparedSubmission> {
  if (paths.length > 0) throw new UsageError('the build names all images: leave out other paths');
  const selection = { only: namesOf(options.tests), except: namesOf(options.skip) };
  if (options.ctest !== undefined)
    return await prepareCtest({ cwd, formatsOf }, options.ctest, { ...options, selection, run });
  const specs = (options.testSpec ?? []).map((path) => resolve(cwd, path));
  const builds = findBuilds(specs).filter(
    ({ build }) => options.target === undefined || targetOf(build.platform) === options.target,
  );
  const chosen = selectTests(listTests(builds), selection);
  const {
    name = builds
      .map((found) => found.name)
      .join(', ')
      .slice(0, 200),
    priority,
  } = options;
  return await prepareTests(expected(planTests(chosen, cwd), cwd, options), {
    name,
    priority,
    run,
  });
}

/** The on-target tests of a CMake project, under the names that CTest gives them. */
async function prepareCtest(
  { cwd, formatsOf }: Omit<BuildPlace, 'paths'>,
  path: string,
  options: BuildOptions & { readonly selection: Selection; readonly run: Partial<SpecRun> },
): Promise<PreparedSubmission> {
  const full = resolve(cwd, path);
  const chosen = selectTests(listCtest(full, cwd), options.selection);
  const tests = (await planCtest(chosen, formatsOf)).filter(
    ({ target }) => options.target === undefined || target === options.target,
  );
  const { name = basename(full), priority, run } = options;
  return await prepareTests(expected(tests, cwd, options), { name, priority, run });
}

function expected(
  tests: readonly PlannedTest[],
  cwd: string,
  { expectations }: BuildOptions,
): readonly PlannedTest[] {
  if (expectations === undefined) return tests;
  return withExpectations(tests, readExpectations(expectationsFile(expectations, cwd)));
}
