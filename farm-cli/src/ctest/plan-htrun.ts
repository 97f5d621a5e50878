import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { IMAGE_EXTENSIONS, isImageName } from '@greenrack/farm-model';
import { boardSerialSchema, targetNameSchema } from '@greenrack/farm-protocol';
import { UsageError } from '../exit-code.js';
import { chooseFormat, type FormatsOf } from '../submission/choose-format.js';
import { readCompareLog } from '../test-spec/compare-log-file.js';
import { targetOf } from '../test-spec/plan-test-spec.js';
import type { PlannedTest } from '../test-spec/planned-test.js';
import type { HtrunArgs } from './htrun-args.js';
import { ImagesBelow } from './images-below.js';
import { NoImageError } from './no-image-error.js';

/** Where a call of the stock runner is looked at. */
export interface HtrunPlace {
  /** Paths of the call are relative to it. */
  readonly cwd: string;
  /** Overrules the name of the call itself. */
  readonly name?: string;
  /** Shared by calls of one build. */
  readonly images?: ImagesBelow;
  readonly formatsOf: FormatsOf;
}

/**
 * The test that a call of the stock runner stands for.
 * @throws UsageError for what is missing, {@link NoImageError} for the image
 */
export async function planHtrun(args: HtrunArgs, place: HtrunPlace): Promise<PlannedTest> {
  const { cwd, name, images = new ImagesBelow() } = place;
  const files = imageFiles(args, cwd, images);
  const target = targetOf(args.target ?? args.micro ?? '');
  if (!targetNameSchema.safeParse(target).success)
    throw new UsageError(
      `ctest-run: '${target}' is no Mbed target name; give it with -m or --mbed-target`,
    );
  const image = (await chooseFormat(files, target, place.formatsOf)) ?? '';
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

/** The image in all its formats; those that the build put beside the one that is named count. */
function imageFiles(
  { image, testName, buildDir }: HtrunArgs,
  cwd: string,
  images: ImagesBelow,
): readonly string[] {
  if (image !== undefined) {
    const path = resolve(cwd, image);
    if (existsSync(path)) return [path, ...otherFormats(path)];
    throw new NoImageError(`ctest-run: ${path}: no such image; build the test first`);
  }
  if (testName === undefined || buildDir === undefined)
    throw new UsageError('ctest-run: name the image with -f, or with --test-name and --build-dir');
  return images.find(resolve(cwd, buildDir), testName);
}

function otherFormats(path: string): string[] {
  if (!isImageName(path)) return [];
  const stem = path.slice(0, -extname(path).length);
  return IMAGE_EXTENSIONS.map((extension) => stem + extension).filter(
    (file) => file !== path && existsSync(file),
  );
}
