import { statSync } from 'node:fs';
import { FarmError } from '@greenrack/farm-protocol';
import { checkedData, jsonData, readTextFile } from '../data-file.js';
import { UsageError } from '../exit-code.js';
import { filesBelow } from '../submission/files-below.js';
import { type TestSpecBuild, testSpecSchema } from './test-spec-schema.js';

const FILE_NAME = 'test_spec.json';
/** A build of 200 tests takes about 60 kB. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A build with the file that describes it. */
export interface FoundBuild {
  readonly file: string;
  readonly name: string;
  readonly build: TestSpecBuild;
}

/**
 * The builds that paths stand for: a `test_spec.json`, or a folder such as `BUILD` with any number of them below.
 * Files are merged by build name: tests add up.
 * @throws UsageError or FarmError when a file is wrong, or two files contradict each other
 */
export function findBuilds(paths: readonly string[]): FoundBuild[] {
  const builds = new Map<string, FoundBuild>();
  for (const file of new Set(paths.flatMap(specFiles)))
    for (const [name, build] of Object.entries(readTestSpec(file).builds)) {
      const known = builds.get(name);
      const found = { file, name, build };
      builds.set(name, known ? merged(known, found) : found);
    }
  return [...builds.values()];
}

function specFiles(path: string): readonly string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`${path}: no such file or folder`);
  if (stat.isFile()) return [path];
  const { files } = filesBelow(path, (name) => name === FILE_NAME);
  if (files.length > 0) return files;
  throw new UsageError(`${path}: no ${FILE_NAME} in it; build the tests first`);
}

const readTestSpec = (file: string) =>
  checkedData(testSpecSchema, jsonData(file, readTextFile(file, MAX_BYTES)));

/** Both describe one build. They lie in one folder or were written for one: the paths of both must mean the same. */
function merged(first: FoundBuild, second: FoundBuild): FoundBuild {
  for (const field of ['platform', 'toolchain', 'base_path', 'baud_rate'] as const)
    if (first.build[field] !== second.build[field])
      throw contradiction(
        first,
        second,
        `${field} is ${first.build[field]} or ${second.build[field]}`,
      );
  for (const [test, { binaries }] of Object.entries(second.build.tests)) {
    const known = first.build.tests[test];
    if (known && JSON.stringify(known.binaries) !== JSON.stringify(binaries))
      throw contradiction(first, second, `tests.${test} has different binaries`);
  }
  return {
    ...first,
    build: { ...first.build, tests: { ...first.build.tests, ...second.build.tests } },
  };
}

function contradiction(first: FoundBuild, second: FoundBuild, what: string): FarmError {
  const where = `${first.file} and ${second.file}: builds.${first.name}`;
  return new FarmError('invalid_spec', `${where}: ${what}; submit one of the two`);
}
