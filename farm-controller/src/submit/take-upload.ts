import { buffer } from 'node:stream/consumers';
import {
  FarmError,
  fileNameSchema,
  MAX_IMAGE_BYTES,
  MAX_IMAGES_PER_SUBMISSION,
  type SubmissionSpec,
} from '@greenrack/farm-protocol';
import { ImageFormatError, type ImageInfo, readImageApart } from '@greenrack/firmware';
import type { BlobStore, ImageStore, StoredImage } from '../store/ports.js';
import { FairTurns } from '../timing/fair-turns.js';
import { namedImages, pathOfImage } from './check-images.js';
import { guardImage } from './guard-image.js';
import type { Part } from './multipart.js';
import type { Reader } from './read-yaml.js';
import { type Refusal, refusal, throwRefusals } from './refusal.js';

export interface ImageKeepers {
  readonly blobs: BlobStore;
  readonly images: ImageStore;
  readonly reader: Reader;
}

/** Large images take seconds of a thread, and as much memory as they have bytes. */
const turns = new FairTurns({ places: 2, placesEach: 1, waitingEach: 1000 });

/** Receives the images of one submission. Their bytes go to the blob store at once; the database learns of them later. */
export class ImageUploads {
  readonly received = new Map<string, StoredImage>();
  readonly #spec: SubmissionSpec;
  readonly #keepers: ImageKeepers;
  readonly #usedNames: ReadonlySet<string>;

  constructor(spec: SubmissionSpec, keepers: ImageKeepers) {
    this.#spec = spec;
    this.#keepers = keepers;
    this.#usedNames = new Set([...namedImages(spec)].map(({ name }) => name));
  }

  /** @throws FarmError that names the field of the image */
  async take(part: Part): Promise<void> {
    const name = part.fileName ?? '';
    throwRefusals(this.#whyNot(name));
    const path = pathOfImage(this.#spec, name) ?? 'image';
    const stored = await this.#keepers.blobs.put(guardImage(part.body, path), MAX_IMAGE_BYTES);
    const known = await this.#keepers.images.get(stored.sha256);
    this.received.set(name, known ?? (await this.#examine(stored.sha256, { name, path })));
  }

  #whyNot(name: string): Refusal[] {
    const shape = fileNameSchema.safeParse(name);
    if (!shape.success)
      return [refusal('invalid_request', 'image', `file name: ${shape.error.issues[0]?.message}`)];
    if (!this.#usedNames.has(name))
      return [refusal('image_unused', 'image', `no run uses the file '${name}'`)];
    if (this.received.has(name))
      return [refusal('invalid_request', 'image', `the file '${name}' came twice`)];
    if (this.received.size < MAX_IMAGES_PER_SUBMISSION) return [];
    return [refusal('payload_too_large', 'image', `more than ${MAX_IMAGES_PER_SUBMISSION} files`)];
  }

  #examine(sha256: string, at: { name: string; path: string }): Promise<StoredImage> {
    const { tenant, signal } = this.#keepers.reader;
    return turns.run(tenant, signal, () => this.#read(sha256, at));
  }

  async #read(sha256: string, at: { name: string; path: string }): Promise<StoredImage> {
    const bytes = await buffer(this.#keepers.blobs.read(sha256));
    const info = await readOrRefuse(bytes, at);
    throwRefusals(whyNotArm(info, at));
    return {
      sha256,
      sizeBytes: info.sizeBytes,
      format: info.format,
      ...(info.targetName !== undefined && { targetName: info.targetName }),
      segments: info.segments.map(({ flags: _, ...kept }) => kept),
    };
  }
}

function whyNotArm(info: ImageInfo, { name, path }: { name: string; path: string }): Refusal[] {
  const refuse = (what: string) => [refusal('image_unsupported', path, `'${name}' ${what}`)];
  if (info.format === 'bin' && info.machine === undefined)
    return refuse('is no image: neither ELF, HEX nor UF2, and no BIN with a Cortex-M vector table');
  if (info.machine === undefined || info.machine === 'arm') return [];
  return refuse(`is for ${info.machine}, boards are Arm`);
}

async function readOrRefuse(
  bytes: Uint8Array,
  { name, path }: { name: string; path: string },
): Promise<ImageInfo> {
  try {
    return await readImageApart(bytes, name);
  } catch (error) {
    if (!(error instanceof ImageFormatError)) throw error;
    const fields = [{ path, message: error.message }];
    throw new FarmError(error.code, `${path}: ${error.message}`, { fields, cause: error });
  }
}
