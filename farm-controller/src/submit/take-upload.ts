import {
  fileNameSchema,
  MAX_FORM_IMAGE_BYTES,
  MAX_IMAGES_PER_SUBMISSION,
  type SubmissionSpec,
} from '@greenrack/farm-protocol';
import type { BlobStore, ImageStore, StoredImage } from '../store/ports.js';
import { namedImages, pathOfImage } from './check-images.js';
import { examineImage } from './examine-image.js';
import { guardImage } from './guard-image.js';
import type { Part } from './multipart.js';
import type { Reader } from './read-yaml.js';
import { type Refusal, refusal, throwRefusals } from './refusal.js';

export interface ImageKeepers {
  readonly blobs: BlobStore;
  readonly images: ImageStore;
  readonly reader: Reader;
}

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
    const { blobs, images } = this.#keepers;
    const stored = await blobs.put(guardImage(part.body, path), MAX_FORM_IMAGE_BYTES);
    const known = await images.get(stored.sha256);
    const found = known ?? (await examineImage(stored, { name, path }, this.#keepers));
    this.received.set(name, found);
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
}
