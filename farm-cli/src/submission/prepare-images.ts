import { basename } from 'node:path';
import { parseOrThrow, type SpecRun, submissionSpecSchema } from '@greenrack/farm-protocol';
import type { ImageFile } from './image-files.js';
import { hashFile, type PreparedSubmission } from './prepared.js';
import { bareName, unused } from './upload-names.js';

/** What all runs of a submission have in common. */
export interface RunOptions {
  readonly name: string;
  readonly priority?: string | undefined;
  readonly run: Partial<SpecRun>;
}

/** Makes the spec for images that were named on the command line: one run each. */
export async function prepareImages(
  images: readonly ImageFile[],
  options: RunOptions,
): Promise<PreparedSubmission> {
  const names = uploadNames(images);
  const files = new Map<string, string>();
  const specImages: object[] = [];
  const runs: object[] = [];
  for (const [image, name] of names) {
    files.set(name, image.path);
    specImages.push({ name, ...(await hashFile(image.path)) });
    runs.push({ ...options.run, name: image.stem, image: name, target: image.target });
  }
  const { name, priority } = options;
  const raw = { version: 1, name, images: specImages, runs, ...(priority ? { priority } : {}) };
  const spec = parseOrThrow(submissionSpecSchema, raw, 'invalid_spec', 'submission');
  return { spec, files };
}

/** Bare names that are unique in the submission: the file's own, or its path where two files share a name. */
function uploadNames(images: readonly ImageFile[]): Map<ImageFile, string> {
  const counts = new Map<string, number>();
  for (const { path } of images) counts.set(basename(path), (counts.get(basename(path)) ?? 0) + 1);
  const names = new Map<ImageFile, string>();
  const taken = new Set<string>();
  for (const image of images) {
    const own = basename(image.path);
    const wanted = counts.get(own) === 1 ? own : `${image.target}-${image.relativePath}`;
    const name = unused(bareName(wanted), taken);
    taken.add(name);
    names.set(image, name);
  }
  return names;
}
