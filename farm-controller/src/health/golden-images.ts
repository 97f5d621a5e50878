import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Inventory } from '@greenrack/board-inventory';
import { MAX_FORM_IMAGE_BYTES } from '@greenrack/farm-protocol';
import { ImageFormatError, readImageApart } from '@greenrack/firmware';
import type { BlobStore, ImageStore } from '../store/ports.js';

/** A file that was written to more recently may be written to still. */
const SETTLED_MS = 3_000;

/** A golden image that the farm has. */
export interface GoldenImage {
  readonly sha256: string;
  /** Of its file. */
  readonly name: string;
  readonly timeoutMs: number;
}

/** Nothing can tell whether the board is sound; the message says why. */
export class NoGoldenImage extends Error {
  /** Whether it may come to be there without a restart: files are built and replaced while the farm runs. */
  readonly mayCome: boolean;

  constructor(message: string, { mayCome, cause }: { mayCome: boolean; cause?: unknown }) {
    super(`no golden image: ${message}`, { cause });
    this.mayCome = mayCome;
  }
}

export interface GoldenImagesDeps {
  readonly inventory: Pick<Inventory, 'goldenImages'>;
  readonly blobs: Pick<BlobStore, 'put'>;
  readonly images: Pick<ImageStore, 'put'>;
}

/** Golden images, read from their files when they are needed: they may be built or replaced while the farm runs. */
export class GoldenImages {
  readonly #deps: GoldenImagesDeps;

  constructor(deps: GoldenImagesDeps) {
    this.#deps = deps;
  }

  /**
   * Brings the golden image of a model into the farm.
   * @throws NoGoldenImage; FarmError `storage_full`, `unavailable`
   */
  async take(model: string, nowMs: number): Promise<GoldenImage> {
    const { inventory, blobs, images } = this.#deps;
    const file = inventory.goldenImages.get(model);
    if (!file)
      throw new NoGoldenImage(`model ${model} names none (goldenImage in models/)`, {
        mayCome: false,
      });
    const bytes = await bytesOf(file.path, nowMs);
    const name = basename(file.path);
    const { format, targetName, segments } = await infoOf(new Uint8Array(bytes), file.path);
    const { sha256, sizeBytes } = await blobs.put(once(bytes), MAX_FORM_IMAGE_BYTES);
    const known = segments.map(({ flags: _, ...segment }) => segment);
    const target = targetName === undefined ? {} : { targetName };
    await images.put({ sha256, sizeBytes, format, segments: known, ...target }, nowMs);
    return { sha256, name, timeoutMs: file.timeoutMs };
  }
}

async function bytesOf(path: string, nowMs: number): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    // A named pipe would be waited for for ever.
    if (!found.isFile()) throw notYet(`${path} is no file`);
    if (found.size > MAX_FORM_IMAGE_BYTES)
      throw notYet(`${path} is over ${MAX_FORM_IMAGE_BYTES} bytes`);
    // Half of a raw binary looks like a whole one: the check of a sound board would fail.
    const ageMs = nowMs - found.mtimeMs;
    if (ageMs >= 0 && ageMs < SETTLED_MS) throw notYet(`${path} is being written`);
    const bytes = await readFile(path);
    if ((await stat(path)).mtimeMs !== found.mtimeMs) throw notYet(`${path} is being written`);
    return bytes;
  } catch (error) {
    if (error instanceof NoGoldenImage) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw notYet(`${path} cannot be read: ${why}`, error);
  }
}

async function infoOf(bytes: Uint8Array, path: string) {
  try {
    return await readImageApart(bytes, basename(path));
  } catch (error) {
    if (!(error instanceof ImageFormatError)) throw error;
    throw notYet(`${path}: ${error.message}`, error);
  }
}

const notYet = (message: string, cause?: unknown) =>
  new NoGoldenImage(message, { mayCome: true, cause });

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
