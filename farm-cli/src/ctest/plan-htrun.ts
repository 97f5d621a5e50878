import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { boardSerialSchema, targetNameSchema } from '@greenrack/farm-protocol';
import { UsageError } from '../exit-code.js';
import { IMAGE_EXTENSIONS, isImageName } from '../submission/image-files.js';
import { readCompareLog } from '../test-spec/compare-log-file.js';
import { targetOf } from '../test-spec/plan-test-spec.js';
import type { PlannedTest } from '../test-spec/planned-test.js';
import type { HtrunArgs } from './htrun-args.js';

/** The call names an image that is not there: `no_image` to the stock runner. */
export class NoImageError extends UsageError {}

/**
 * The test that a call of the stock runner stands for. Paths are relative to `cwd`; `name` overrules the call's own.
 * @throws UsageError for what is missing, {@link NoImageError} for the image
 */
export function planHtrun(args: HtrunArgs, cwd: string, name?: string): PlannedTest {
  const image = imageOf(args, cwd);
  const target = targetOf(args.target ?? '');
  if (!targetNameSchema.safeParse(target).success)
    throw new UsageError(
      `ctest-run: '${target}' is no Mbed target name; give it with -m or --mbed-target`,
    );
  const own = args.testName ?? basename(image, extname(image));
  return {
    name: name ?? own,
    target,
    image,
    group: target,
    run: { ...boardOf(args), ...judgeOf(args, cwd) },
  };
}

function boardOf({ board }: HtrunArgs): { board?: string } {
  if (board === undefined) return {};
  if (boardSerialSchema.safeParse(board).success) return { board };
  throw new UsageError(`ctest-run: '${board}' cannot be the serial of a board`);
}

function judgeOf({ compareLog, pollingTimeout }: HtrunArgs, cwd: string): PlannedTest['run'] {
  if (compareLog === undefined) return {};
  const file = resolve(cwd, compareLog);
  if (!existsSync(file)) throw new UsageError(`ctest-run: ${file}: no such file`);
  const judge = readCompareLog(file);
  return pollingTimeout === undefined ? judge : { ...judge, timeoutMs: pollingTimeout * 1000 };
}

function imageOf({ image, testName, buildDir }: HtrunArgs, cwd: string): string {
  if (image !== undefined) {
    const path = resolve(cwd, image);
    if (existsSync(path)) return path;
    throw new NoImageError(`ctest-run: ${path}: no such image; build the test first`);
  }
  if (testName === undefined || buildDir === undefined)
    throw new UsageError('ctest-run: name the image with -f, or with --test-name and --build-dir');
  return imageBelow(resolve(cwd, buildDir), testName);
}

/** Mbed CE flashes by itself and tells its runner the test's name only; its images carry that name. */
function imageBelow(dir: string, name: string): string {
  if (!existsSync(dir)) throw new NoImageError(`ctest-run: ${dir}: no such folder`);
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isImageName(entry.name))
    .filter((entry) => basename(entry.name, extname(entry.name)) === name)
    .map((entry) => join(entry.parentPath, entry.name));
  const folders = new Set(files.map((file) => dirname(file)));
  if (folders.size > 1)
    throw new UsageError(`ctest-run: several images named ${name}: ${files.join(', ')}; use -f`);
  const [best] = files.sort((a, b) => rank(a) - rank(b));
  if (best !== undefined) return best;
  throw new NoImageError(`ctest-run: no image named ${name} below ${dir}; build the test first`);
}

const rank = (file: string): number =>
  IMAGE_EXTENSIONS.map(String).indexOf(extname(file).toLowerCase());
