import { resolve } from 'node:path';
import type { SpecRun } from '@greenrack/farm-protocol';
import { UsageError } from '../exit-code.js';
import type { PreparedSubmission } from '../submission/prepared.js';
import { findBuilds } from '../test-spec/find-test-specs.js';
import { listTests, planTests, targetOf } from '../test-spec/plan-test-spec.js';
import { prepareTests } from '../test-spec/prepare-tests.js';
import { namesOf, selectTests } from '../test-spec/select-tests.js';

/** Options of `submit` that name the tests of a build. */
export interface BuildOptions {
  readonly testSpec?: string[];
  readonly tests?: string[];
  readonly skip?: string[];
  readonly target?: string;
  readonly name?: string;
  readonly priority?: string;
}

/** Whether the call names tests of a build rather than images. @throws UsageError for options that need it */
export function isOfBuild(options: BuildOptions): boolean {
  if (options.testSpec !== undefined) return true;
  if (options.tests || options.skip) throw new UsageError('-n and -i need --test-spec');
  return false;
}

/** The tests of builds, under the names that stock reports give them. */
export async function prepareBuild(
  { cwd, paths }: { readonly cwd: string; readonly paths: readonly string[] },
  options: BuildOptions,
  run: Partial<SpecRun>,
): Promise<PreparedSubmission> {
  if (paths.length > 0) throw new UsageError('--test-spec names all images: leave out other paths');
  const specs = (options.testSpec ?? []).map((path) => resolve(cwd, path));
  const builds = findBuilds(specs).filter(
    ({ build }) => options.target === undefined || targetOf(build.platform) === options.target,
  );
  const selection = { only: namesOf(options.tests), except: namesOf(options.skip) };
  const chosen = selectTests(listTests(builds), selection);
  const {
    name = builds
      .map((found) => found.name)
      .join(', ')
      .slice(0, 200),
    priority,
  } = options;
  return await prepareTests(planTests(chosen, cwd), { name, priority, run });
}
