import { basename, dirname } from 'node:path/posix';
import { buffer } from 'node:stream/consumers';
import { type Inventory, imageFormatsOf } from '@greenrack/board-inventory';
import { chooseFormat, extensionOf, isImageName, richestFirst } from '@greenrack/farm-model';
import {
  FarmError,
  MAX_IMAGES_PER_SUBMISSION,
  MAX_SPEC_BYTES,
  parseOrThrow,
  type SubmissionSpec,
  submissionSpecSchema,
} from '@greenrack/farm-protocol';
import { groupedInOrder } from '../store/for-stages.js';
import { tooLarge } from '../web/read-body.js';
import type { ArchiveFile } from './archive.js';
import { namedImages } from './check-images.js';
import { parseSpec } from './parse-spec.js';
import type { Reader } from './read-yaml.js';
import { refusal, throwRefusals } from './refusal.js';

const SPEC_NAMES = ['greenrack.yaml', 'greenrack.yml', 'greenrack.json'];

/** What an archive asks for, and which of its files are the images, by the names that the spec gives them. */
export interface ArchiveSpec {
  readonly spec: SubmissionSpec;
  readonly images: ReadonlyMap<string, ArchiveFile>;
}

interface ArchiveReader {
  readonly inventory: Inventory;
  readonly reader: Reader;
  /** Of the submission, where no spec says it. */
  readonly name: string;
}

/**
 * Reads the spec among the files; where there is none, each image is a run on the target that its folder is called after.
 * @throws FarmError that names the field
 */
export async function readArchiveSpec(
  files: readonly ArchiveFile[],
  how: ArchiveReader,
): Promise<ArchiveSpec> {
  const [file, second] = files.filter(({ path }) => SPEC_NAMES.includes(basename(path)));
  if (!file) return specOfImages(files, how);
  if (second) throw unclear(`both ${file.path} and ${second.path} are specs: leave one out`);
  if (file.sizeBytes > MAX_SPEC_BYTES) throw tooLarge('spec', MAX_SPEC_BYTES);
  const spec = await parseSpec(await buffer(file.read()), file.path, how.reader);
  return { spec, images: imagesOf(spec, files) };
}

/** Only what is in the archive: by hash a stranger could run, and read the console of, whatever the farm has. */
function imagesOf(
  spec: SubmissionSpec,
  files: readonly ArchiveFile[],
): ReadonlyMap<string, ArchiveFile> {
  const byName = grouped(files, ({ path }) => basename(path));
  const images = new Map<string, ArchiveFile>();
  for (const { name, path } of namedImages(spec)) {
    const [file, second] = byName.get(name) ?? [];
    if (second) throw unclear(`${path}: several files of the artifact are called '${name}'`);
    if (!file) throwRefusals([refusal('image_missing', path, `the artifact has no '${name}'`)]);
    else images.set(name, file);
  }
  return images;
}

function specOfImages(files: readonly ArchiveFile[], how: ArchiveReader): ArchiveSpec {
  const chosen = chosenImages(files, how.inventory);
  const names = grouped(chosen, ({ path }) => basename(path));
  const images = new Map<string, ArchiveFile>();
  const runs = chosen.map((file) => {
    const [own, target] = [basename(file.path), targetOf(file.path)];
    const image = names.get(own)?.length === 1 ? own : `${target}-${own}`;
    if (images.has(image)) throw unclear(`two images are called ${image}: name one otherwise`);
    images.set(image, file);
    return { image, target };
  });
  const raw = { version: 1, name: how.name, runs };
  return { spec: parseOrThrow(submissionSpecSchema, raw, 'invalid_spec', 'spec'), images };
}

/** Of each image the file in the format that the boards of its target take. */
function chosenImages(files: readonly ArchiveFile[], inventory: Inventory): ArchiveFile[] {
  const named = files.filter(({ path }) => isImageName(path));
  const builds = grouped(named, ({ path }) => path.slice(0, -extensionOf(path).length));
  if (builds.size === 0 || builds.size > MAX_IMAGES_PER_SUBMISSION)
    throw unclear(
      `expected 1 to ${MAX_IMAGES_PER_SUBMISSION} images in folders named like their targets, or one of ${SPEC_NAMES.join(', ')}; found ${builds.size} images`,
    );
  return [...builds.values()].flatMap((formats) => {
    const paths = richestFirst(formats.map(({ path }) => path));
    const path = chooseFormat(paths, imageFormatsOf(inventory, targetOf(paths[0] ?? '')));
    return formats.filter((file) => file.path === path);
  });
}

const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> =>
  new Map(groupedInOrder(items, keyOf));

const targetOf = (path: string): string => basename(dirname(path));

function unclear(message: string): FarmError {
  const fields = [{ path: '(archive)', message }];
  return new FarmError('invalid_request', message.slice(0, 1_000), { fields });
}
