import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import {
  MAX_IMAGE_BYTES,
  MAX_IMAGES_PER_SUBMISSION,
  targetNameSchema,
} from '@greenrack/farm-protocol';
import { UsageError } from '../exit-code.js';

/** Extensions of images, the one with the most information first: one image is often built in several formats. */
export const IMAGE_EXTENSIONS = ['.elf', '.hex', '.uf2', '.bin'] as const;

/** An image file found on disk. */
export interface ImageFile {
  readonly path: string;
  /** Name for people, without the extension. */
  readonly stem: string;
  readonly target: string;
  /** Path below the folder that was given: makes equal file names different. */
  readonly relativePath: string;
}

/** Whether a file is an image by its name. */
export const isImageName = (name: string): boolean =>
  IMAGE_EXTENSIONS.some((extension) => extension === extname(name).toLowerCase());

/**
 * The images that a path stands for: the file itself, or all below a folder. Their target is `target`, or the name of
 * the folder they lie in.
 * @throws UsageError when there are none, too many, or one has no target.
 */
export function findImages(path: string, target: string | undefined): ImageFile[] {
  const files = statOf(path).isDirectory() ? imagesBelow(path) : [path];
  if (files.length === 0)
    throw new UsageError(`${path}: no image in it (${IMAGE_EXTENSIONS.join(', ')})`);
  const base = files[0] === path ? dirname(path) : path;
  return files.map((file) => ({
    path: file,
    stem: basename(file, extname(file)),
    target: target ?? targetOf(file),
    relativePath: relative(base, file),
  }));
}

function imagesBelow(dir: string): string[] {
  const images = new Map<string, string>();
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !isImageName(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    const key = file.slice(0, -extname(file).length);
    const other = images.get(key);
    if (other === undefined || rank(file) < rank(other)) images.set(key, file);
    if (images.size > MAX_IMAGES_PER_SUBMISSION)
      throw new UsageError(
        `${dir}: more than ${MAX_IMAGES_PER_SUBMISSION} images; submit the folders below it one by one`,
      );
  }
  return [...images.values()].sort();
}

const rank = (file: string): number =>
  IMAGE_EXTENSIONS.map(String).indexOf(extname(file).toLowerCase());

function targetOf(file: string): string {
  const name = basename(dirname(resolve(file)));
  if (targetNameSchema.safeParse(name).success) return name;
  throw new UsageError(
    `${file}: cannot tell its target. Put it into a folder named like the target, or use --target`,
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
