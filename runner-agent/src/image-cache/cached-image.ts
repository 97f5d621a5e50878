import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { type AssignedImage, MAX_FORM_IMAGE_BYTES } from '@greenrack/farm-protocol';
import {
  ImageFormatError,
  type ImageInfo,
  readImageApart,
  readLargeImage,
} from '@greenrack/firmware';
import { RunFault } from '../contracts/run-fault.js';

const PIECE_BYTES = 1024 * 1024;
/** What tells the format of a file that is too large to be read whole. */
const HEAD_BYTES = 4096;

/** One image file of the cache. */
export class CachedImage {
  readonly path: string;
  readonly sizeBytes: number;
  /** Attempts that use it now: it may not be removed. */
  holds = 0;
  #checked: { readonly mark: string; readonly info: ImageInfo } | undefined;

  readonly #lookFor: readonly string[];

  /** @param lookFor - strings that `verified` tells when the image holds them */
  constructor(path: string, sizeBytes: number, lookFor: readonly string[] = []) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.#lookFor = lookFor;
  }

  /**
   * What the image is, or undefined when its bytes do not match the hash. The whole file is hashed when this process
   * sees it first and whenever it was touched since; otherwise looking at its date is enough.
   * @throws RunFault with `imageUnsuitable` when the bytes are right but are no image.
   */
  async verified(image: AssignedImage): Promise<ImageInfo | undefined> {
    const before = await markOf(this.path);
    if (before === undefined) return undefined;
    if (this.#checked?.mark === before) return this.#checked.info;
    const found = await readHashed(this.path);
    if (found.sha256 !== image.sha256) return undefined;
    const info = await read(found, image.name, this.#lookFor);
    this.#checked = { mark: before, info };
    return info;
  }
}

interface ReadFile {
  /** All of it, or of a large one its beginning. */
  readonly head: Uint8Array;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Piece by piece: to hash the largest image at a stretch would keep every board waiting. */
async function readHashed(path: string): Promise<ReadFile> {
  const file = await open(path);
  try {
    const { size: sizeBytes } = await file.stat();
    const head = Buffer.alloc(sizeBytes > MAX_FORM_IMAGE_BYTES ? HEAD_BYTES : sizeBytes);
    const piece = Buffer.alloc(Math.min(sizeBytes, PIECE_BYTES));
    const hash = createHash('sha256');
    for (let at = 0; at < sizeBytes; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
      if (at < head.length) piece.copy(head, at, 0, bytesRead);
      at += bytesRead;
    }
    return { head, sizeBytes, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

async function read(file: ReadFile, name: string, lookFor: readonly string[]): Promise<ImageInfo> {
  try {
    if (file.sizeBytes > file.head.length) return readLargeImage(file, name);
    return await readImageApart(file.head, name, lookFor);
  } catch (error) {
    if (error instanceof ImageFormatError)
      throw new RunFault('imageUnsuitable', error.message, error);
    throw error;
  }
}

/** Changes whenever the file is written to or replaced; undefined when it is missing. */
async function markOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    // Gone or unreadable: the same to us, it is fetched again.
    return undefined;
  }
}
