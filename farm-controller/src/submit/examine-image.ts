import { buffer } from 'node:stream/consumers';
import { FarmError, MAX_FORM_IMAGE_BYTES } from '@greenrack/farm-protocol';
import {
  ImageFormatError,
  type ImageInfo,
  readImageApart,
  readLargeImage,
} from '@greenrack/firmware';
import type { BlobStore, StoredImage } from '../store/ports.js';
import { FairTurns } from '../timing/fair-turns.js';
import type { Reader } from './read-yaml.js';
import { type Refusal, refusal, throwRefusals } from './refusal.js';

/** Images take seconds of a thread, and as much memory as they have bytes. */
const turns = new FairTurns({ places: 2, placesEach: 1, waitingEach: 1000 });
/** What tells the format of a file. */
const HEAD_BYTES = 4096;

interface BlobFacts {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** How messages name an image: its file, and the field that names it. */
interface NamedAt {
  readonly name: string;
  readonly path: string;
}

interface Examiner {
  readonly blobs: Pick<BlobStore, 'read'>;
  readonly reader: Reader;
}

/** Says what a blob is, as far as it matters to boards. @throws FarmError that names the field of the image */
export function examineImage(
  blob: BlobFacts,
  at: NamedAt,
  { blobs, reader }: Examiner,
): Promise<StoredImage> {
  return turns.run(reader.tenant, reader.signal, async () => {
    const info = await named(at, () => read(blob, blobs, at.name));
    throwRefusals(whyNotArm(info, at));
    return {
      ...{ sha256: blob.sha256, sizeBytes: info.sizeBytes, format: info.format },
      ...(info.targetName !== undefined && { targetName: info.targetName }),
      segments: info.segments.map(({ flags: _, ...kept }) => kept),
    };
  });
}

/** Refuses by its first bytes what is larger than any image for flash, and no content of a card. */
export async function refuseLarge(blob: BlobFacts, head: Uint8Array, at: NamedAt): Promise<void> {
  if (blob.sizeBytes > MAX_FORM_IMAGE_BYTES)
    await named(at, async () => readLargeImage({ ...blob, head }, at.name));
}

async function read(
  blob: BlobFacts,
  blobs: Pick<BlobStore, 'read'>,
  name: string,
): Promise<ImageInfo> {
  if (blob.sizeBytes <= MAX_FORM_IMAGE_BYTES)
    return readImageApart(await buffer(blobs.read(blob.sha256)), name);
  const head = await buffer(blobs.read(blob.sha256, { to: HEAD_BYTES }));
  return readLargeImage({ ...blob, head }, name);
}

function whyNotArm(info: ImageInfo, { name, path }: NamedAt): Refusal[] {
  const refuse = (what: string) => [refusal('image_unsupported', path, `'${name}' ${what}`)];
  if (info.format === 'bin' && info.machine === undefined)
    return refuse(
      'is no image: neither ELF, HEX nor UF2, no BIN with a Cortex-M vector table, no content of a card',
    );
  if (info.machine === undefined || info.machine === 'arm') return [];
  return refuse(`is for ${info.machine}, boards are Arm`);
}

async function named<T>({ path }: NamedAt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ImageFormatError)) throw error;
    const fields = [{ path, message: error.message }];
    throw new FarmError(error.code, `${path}: ${error.message}`, { fields, cause: error });
  }
}
