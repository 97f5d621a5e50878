import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkedData, type FileData, jsonData, readTextFile } from '../data-file.js';
import { errorText } from '../error-text.js';
import { UsageError } from '../exit-code.js';
import { repositoryDir } from '../process/repository.js';
import type { FormatsOf } from '../submission/choose-format.js';
import type { PlannedTest } from '../test-spec/planned-test.js';
import { parseHtrunArgs } from './htrun-args.js';
import { ImagesBelow } from './images-below.js';
import { NoImageError } from './no-image-error.js';
import { type HtrunPlace, planHtrun } from './plan-htrun.js';
import { runnerCall } from './runner-call.js';

const MAX_BYTES = 64 * 1024 * 1024;
const propertySchema = z.object({ name: z.string(), value: z.unknown() });
const ctestInfoSchema = z.object({
  kind: z.literal('ctestInfo'),
  tests: z.array(
    z.object({
      name: z.string().min(1).max(200),
      command: z.array(z.string()).optional(),
      properties: z.array(propertySchema).default([]),
    }),
  ),
});
type CtestTest = z.infer<typeof ctestInfoSchema>['tests'][number];

/** A test that CTest would run through the stock runner, or through us. */
export interface ListedCtest {
  readonly name: string;
  readonly args: readonly string[];
  readonly properties: ReadonlyMap<string, unknown>;
  /** Where CTest would run its command. */
  readonly folder: string;
}

/**
 * Lists the on-target tests of a project: `path` is its build folder, or a file with what
 * `ctest --show-only=json-v1` printed. Tests that run on the host, and disabled ones, are left out.
 * @param cwd - where CTest would run a test that does not say where
 * @throws UsageError when there is none
 */
export function listCtest(path: string, cwd: string): ListedCtest[] {
  const { tests } = checkedData(ctestInfoSchema, parse(path));
  const listed = tests.flatMap((test) => onTarget(test, cwd));
  if (listed.length > 0) return listed;
  const without = tests.filter(({ command }) => command === undefined).length;
  const hint =
    without > 0 ? ` (of ${without} CTest does not find the program: are they built?)` : '';
  throw new UsageError(`${path}: none of its ${tests.length} tests runs mbedhtrun${hint}`);
}

/** Finds the images of tests. @throws UsageError that names every test without one */
export async function planCtest(
  listed: readonly ListedCtest[],
  formatsOf: FormatsOf,
): Promise<PlannedTest[]> {
  const place = { images: new ImagesBelow(), formatsOf };
  const unbuilt: string[] = [];
  const tests: PlannedTest[] = [];
  for (const test of listed)
    try {
      tests.push(await planOne(test, place));
    } catch (error) {
      if (!(error instanceof NoImageError)) throw error;
      unbuilt.push(test.name);
    }
  if (unbuilt.length === 0) return tests;
  const names = unbuilt.join(',');
  throw new UsageError(
    `${unbuilt.length} of ${listed.length} tests have no image: build them, or leave them out with -i ${names}`,
  );
}

async function planOne(
  { name, args, properties, folder }: ListedCtest,
  place: Pick<HtrunPlace, 'images' | 'formatsOf'>,
): Promise<PlannedTest> {
  const test = await planHtrun(parseHtrunArgs(args), { cwd: folder, name, ...place });
  const willFail = properties.get('WILL_FAIL') === true;
  return {
    ...test,
    run: {
      ...timeoutOf(properties.get('TIMEOUT')),
      ...(willFail && { expect: 'fail' }),
      ...test.run,
    },
  };
}

function timeoutOf(timeout: unknown): PlannedTest['run'] {
  if (typeof timeout !== 'number' || timeout < 0.1 || timeout > 86_400) return {};
  return { timeoutMs: Math.round(timeout * 1000) };
}

function onTarget({ name, command = [], properties }: CtestTest, cwd: string): ListedCtest[] {
  const byName = new Map(properties.map((property) => [property.name, property.value]));
  const stated = byName.get('WORKING_DIRECTORY');
  const folder = typeof stated === 'string' ? stated : cwd;
  const args = runnerCall(command, folder);
  if (!args || byName.get('DISABLED') === true) return [];
  return [{ name, args, properties: byName, folder }];
}

function parse(path: string): FileData {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`${path}: no such file or folder`);
  return jsonData(path, stat.isDirectory() ? ask(path) : readTextFile(path, MAX_BYTES));
}

const shimDir = (): string => join(repositoryDir(), 'farm-cli', 'cmake', 'bin');

function ask(buildDir: string): string {
  try {
    return execFileSync('ctest', ['--show-only=json-v1'], {
      cwd: buildDir,
      encoding: 'utf8',
      // CTest leaves out the command of a test whose runner it does not find: ours will do.
      env: { ...process.env, PATH: `${process.env.PATH ?? ''}:${shimDir()}` },
      maxBuffer: MAX_BYTES,
      timeout: 60_000,
    });
  } catch (error) {
    throw new UsageError(`${buildDir}: ctest cannot list its tests: ${errorText(error)}`);
  }
}
