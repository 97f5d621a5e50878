import { buffer } from 'node:stream/consumers';
import { FarmError, MAX_FORM_IMAGE_BYTES } from '@greenrack/farm-protocol';
import { type Footprint, ImageFormatError, readFootprintApart } from '@greenrack/firmware';
import type { BlobStore } from '../store/ports.js';
import { FairTurns } from '../timing/fair-turns.js';

/** A large image takes a second of a thread, and as much memory as it has bytes. */
const turns = new FairTurns({ places: 2, placesEach: 1, waitingEach: 1000 });

/** Who wants to know, until when. */
export interface FootprintAsker {
  readonly tenant: string;
  readonly signal: AbortSignal;
}

/** Reads what stored images take of flash and RAM. */
export class FootprintReader {
  readonly #blobs: Pick<BlobStore, 'read' | 'sizeOf'>;

  constructor(blobs: Pick<BlobStore, 'read' | 'sizeOf'>) {
    this.#blobs = blobs;
  }

  /** @throws FarmError `not_found`, `image_unsupported` for what tells nothing of it, `image_broken` */
  async read(sha256: string, { tenant, signal }: FootprintAsker): Promise<Footprint> {
    const bytes = await this.#blobs.sizeOf(sha256);
    if (bytes === undefined)
      throw new FarmError('not_found', `image ${sha256}: the farm does not have it`);
    if (bytes > MAX_FORM_IMAGE_BYTES)
      throw new FarmError('image_unsupported', `image ${sha256}: it is the content of a card`);
    return await turns.run(tenant, signal, () => this.#read(sha256));
  }

  async #read(sha256: string): Promise<Footprint> {
    const name = `image ${sha256.slice(0, 12)}`;
    try {
      return await readFootprintApart(await buffer(this.#blobs.read(sha256)), name);
    } catch (error) {
      if (!(error instanceof ImageFormatError)) throw error;
      throw new FarmError(error.code, error.message, { cause: error });
    }
  }
}
