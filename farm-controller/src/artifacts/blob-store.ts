import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FarmError, parseOrThrow, sha256Schema } from '@greenrack/farm-protocol';
import type { ArtifactRange, ArtifactStore, BlobStore } from '../store/ports.js';
import { asStorageError, removeOldFiles } from './durable-files.js';

/** Unfinished files of a process that died are removed after this long; another process may still write younger ones. */
const ABANDONED_MS = 86_400_000;

/**
 * Content-addressed files, `blobs/ab/abcdef…` in `artifacts`. Until their hash is known they are in the local folder
 * `uploads`, which several processes may share.
 * @throws FarmError `storage_full`
 */
export async function openBlobStore(artifacts: ArtifactStore, uploads: string): Promise<BlobStore> {
  try {
    await mkdir(uploads, { recursive: true, mode: 0o700 });
    await removeOldFiles(uploads, Date.now() - ABANDONED_MS);
  } catch (error) {
    throw asStorageError(error, uploads);
  }
  return new ArtifactBlobStore(artifacts, uploads);
}

interface Blob {
  readonly sha256: string;
  readonly sizeBytes: number;
}

class ArtifactBlobStore implements BlobStore {
  readonly #artifacts: ArtifactStore;
  readonly #uploads: string;

  constructor(artifacts: ArtifactStore, uploads: string) {
    this.#artifacts = artifacts;
    this.#uploads = uploads;
  }

  async put(
    source: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ sha256: string; sizeBytes: number }> {
    const path = this.#upload();
    try {
      const written = await writeHashed(path, source, maxBytes);
      await this.#artifacts.take(keyOf(written.sha256), path);
      return written;
    } catch (error) {
      await rm(path, { force: true });
      throw asStorageError(error, this.#uploads);
    }
  }

  async keep(expected: Blob, source: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#artifacts.put(keyOf(expected.sha256), proven(source, expected));
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.sizeOf(sha256)) !== undefined;
  }

  async sizeOf(sha256: string): Promise<number | undefined> {
    return (await this.#artifacts.stat(keyOf(sha256)))?.bytes;
  }

  read(sha256: string, range?: ArtifactRange): AsyncIterable<Uint8Array> {
    return this.#artifacts.read(keyOf(sha256), range);
  }

  async withFile<T>(sha256: string, work: (path: string) => Promise<T>): Promise<T | undefined> {
    if (!(await this.has(sha256))) return undefined;
    const local = this.#artifacts.localPath?.(keyOf(sha256));
    if (local !== undefined) return work(local);
    const path = this.#upload();
    try {
      await writeHashed(path, this.read(sha256), Number.POSITIVE_INFINITY);
      return await work(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  #upload(): string {
    return join(this.#uploads, randomBytes(16).toString('hex'));
  }
}

/** Where an image is in the artifact store. */
export function keyOf(sha256: string): string {
  const name = parseOrThrow(sha256Schema, sha256, 'invalid_request', 'sha256');
  return `blobs/${name.slice(0, 2)}/${name}`;
}

async function writeHashed(
  path: string,
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of source) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** Passes a stream on, and fails at its end when it was not what was expected: nothing is kept of it then. */
async function* proven(
  source: AsyncIterable<Uint8Array>,
  { sha256, sizeBytes }: Blob,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of source) {
    bytes += piece.byteLength;
    hash.update(piece);
    yield piece;
  }
  const is = hash.digest('hex');
  if (is === sha256 && bytes === sizeBytes) return;
  const message = `announced were ${sizeBytes} bytes of ${sha256}, these are ${bytes} bytes of ${is}`;
  throw new FarmError('image_mismatch', message, { fields: [{ path: 'sha256', message }] });
}

function tooLarge(maxBytes: number): FarmError {
  return new FarmError('payload_too_large', `the file is larger than ${maxBytes} bytes`);
}
