import { statSync } from 'node:fs';
import { basename, dirname, extname, relative, resolve } from 'node:path';
import { IMAGE_EXTENSIONS, isImageName, richestFirst } from '@greenrack/farm-model';
import {
  MAX_IMAGE_BYTES,
  MAX_IMAGES_PER_SUBMISSION,
  targetNameSchema,
} from '@greenrack/farm-protocol';
import { UsageError } from '../exit-code.js';
import { chooseFormat, type FormatsOf } from './choose-format.js';
import { filesBelow } from './files-below.js';

/** An image file found on disk. */
export interface ImageFile {
  readonly path: string;
  /** Name for people, without the extension. */
  readonly stem: string;
  readonly target: string;
  /** Path below the folder that was given: makes equal file names different. */
  readonly relativePath: string;
}

/** What {@link findImages} needs to know besides the path. */
export interface ImageSearch {
  /** Of all images; default: the name of the folder that each lies in. */
  readonly target?: string | undefined;
  readonly formatsOf: FormatsOf;
  /** Told of folders that were not looked into. */
  readonly leftOut: (folders: readonly string[]) => void;
}

/**
 * The images that a path stands for: the file itself, or all below a folder. Their target is `target`, or the name of
 * the folder they lie in.
 * @throws UsageError when there are none, too many, or one has no target.
 */
export async function findImages(path: string, search: ImageSearch): Promise<ImageFile[]> {
  const isFolder = statOf(path).isDirectory();
  const groups = isFolder ? imagesBelow(path, search) : [[path]];
  const base = isFolder ? path : dirname(path);
  const images: ImageFile[] = [];
  for (const files of groups) {
    const target = search.target ?? targetOf(files[0] ?? path);
    const file = await chooseFormat(files, target, search.formatsOf);
    if (file === undefined) continue;
    const stem = basename(file, extname(file));
    images.push({ path: file, stem, target, relativePath: relative(base, file) });
  }
  return images;
}

/** Each image with all its formats. */
function imagesBelow(dir: string, { leftOut: tell }: ImageSearch): string[][] {
  const { files, leftOut } = filesBelow(dir, isImageName);
  const images = new Map<string, string[]>();
  for (const file of files) {
    const key = file.slice(0, -extname(file).length);
    images.set(key, [...(images.get(key) ?? []), file]);
  }
  if (images.size > MAX_IMAGES_PER_SUBMISSION)
    throw new UsageError(
      `${dir}: more than ${MAX_IMAGES_PER_SUBMISSION} images; submit the folders below it one by one`,
    );
  if (images.size === 0)
    throw new UsageError(
      `${dir}: no image in it (${IMAGE_EXTENSIONS.join(', ')})${leftOutText(leftOut)}`,
    );
  tell(leftOut);
  return [...images.values()].map(richestFirst);
}

const leftOutText = (folders: readonly string[]): string =>
  folders.length === 0 ? '' : `; not looked into: ${folders.slice(0, 5).join(', ')}`;

function targetOf(file: string): string {
  const name = basename(dirname(resolve(file)));
  if (targetNameSchema.safeParse(name).success) return name;
  throw new UsageError(
    `${file}: cannot tell its target. Put it into a folder named like the target, or use --target; the tests of a CMake project come with --ctest <build folder>`,
  );
}

/** Looks at a path that people typed. @throws UsageError when it is not there, empty or too large for an image. */
export function statOf(path: string): { isDirectory(): boolean; readonly size: number } {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`${path}: no such file or folder`);
  if (stat.isFile() && stat.size === 0) throw new UsageError(`${path}: is empty`);
  if (stat.isFile() && stat.size > MAX_IMAGE_BYTES)
    throw new UsageError(`${path}: is over ${MAX_IMAGE_BYTES} bytes, the most an image may have`);
  if (!stat.isFile() && !stat.isDirectory())
    throw new UsageError(`${path}: is neither a file nor a folder`);
  return stat;
}
