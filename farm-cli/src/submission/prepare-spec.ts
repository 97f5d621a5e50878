import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { partsOf } from '@greenrack/farm-model';
import type { SubmissionSpec } from '@greenrack/farm-protocol';
import { UsageError } from '../exit-code.js';
import { statOf } from './image-files.js';
import { hashFile, type PreparedSubmission } from './prepared.js';
import { readSpec } from './read-spec.js';

type SpecImage = SubmissionSpec['images'][number];

/**
 * Prepares the spec in `file`. Images that its runs name lie beside it, or are in the farm already under the hash that
 * the spec gives.
 * @throws UsageError for an image that is neither, and for one whose bytes are not those the spec names.
 */
export async function prepareSpec(file: string): Promise<PreparedSubmission> {
  const spec = readSpec(file);
  const files = new Map<string, string>();
  const images: SpecImage[] = [];
  for (const image of namedImages(spec)) {
    const path = join(dirname(file), image.name);
    if (existsSync(path)) files.set(image.name, path);
    else if (image.sha256 === undefined)
      throw new UsageError(`${file}: image ${image.name} is not beside the spec (${path})`);
    images.push(files.has(image.name) ? await hashedImage(image, path) : image);
  }
  return { spec: { ...spec, images }, files };
}

/** The images that the spec lists, and those that only its runs name. */
function namedImages(spec: SubmissionSpec): SpecImage[] {
  const listed = new Set(spec.images.map((image) => image.name));
  const others = new Set(
    spec.runs
      .flatMap((run) => partsOf(run).map(({ image }) => image))
      .filter((name) => !listed.has(name)),
  );
  return [...spec.images, ...[...others].map((name) => ({ name }))];
}

async function hashedImage(image: SpecImage, path: string): Promise<SpecImage> {
  statOf(path);
  const hashed = await hashFile(path);
  if (image.sha256 !== undefined && image.sha256 !== hashed.sha256)
    throw new UsageError(
      `${path}: has the SHA-256 ${hashed.sha256}, but the spec names ${image.sha256}`,
    );
  return { name: image.name, ...hashed };
}
