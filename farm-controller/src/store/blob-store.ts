import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FarmError, parseOrThrow, sha256Schema } from '@greenrack/farm-protocol';
import { absentAs, asStorageError, removeOldFiles, syncDirectory } from './durable-files.js';
import type { BlobStore } from './ports.js';

/** Unfinished files of a process that died are removed after this long; another process may still write younger ones. */
const ABANDONED_MS = 86_400_000;

/**
 * Opens the directory of content-addressed files: `<dir>/ab/abcdef…`, written beside it in `<dir>/tmp` first. Several
 * processes may share it.
 * @throws FarmError `storage_full`
 */
export async function openBlobStore(dir: string): Promise<BlobStore> {
  const tmp = join(dir, 'tmp');
  try {
    await mkdir(tmp, { recursive: true, mode: 0o700 });
    await removeOldFiles(tmp, Date.now() - ABANDONED_MS);
  } catch (error) {
    throw asStorageError(error, dir);
  }
  return new FileBlobStore(dir, tmp);
}

class FileBlobStore implements BlobStore {
  readonly #dir: string;
  readonly #tmp: string;

  constructor(dir: string, tmp: string) {
    this.#dir = dir;
    this.#tmp = tmp;
  }

  async put(
    source: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ sha256: string; sizeBytes: number }> {
    const path = join(this.#tmp, randomBytes(16).toString('hex'));
    try {
      const written = await writeDurably(path, source, maxBytes);
      await this.#moveIn(path, written.sha256);
      return written;
    } catch (error) {
      await rm(path, { force: true });
      throw asStorageError(error, this.#dir);
    }
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.pathOf(sha256)) !== undefined;
  }

  async pathOf(sha256: string): Promise<string | undefined> {
    const path = this.#path(sha256);
    return (await absentAs(stat(path), undefined)) && path;
  }

  read(sha256: string): Promise<Uint8Array | undefined> {
    return absentAs(readFile(this.#path(sha256)), undefined);
  }

  /** Renaming replaces: two that put the same bytes at once both succeed. */
  async #moveIn(from: string, sha256: string): Promise<void> {
    const to = this.#path(sha256);
    const shard = dirname(to);
    if ((await mkdir(shard, { recursive: true, mode: 0o700 })) !== undefined)
      await syncDirectory(this.#dir);
    await rename(from, to);
    await syncDirectory(shard);
  }

  #path(sha256: string): string {
    const name = parseOrThrow(sha256Schema, sha256, 'invalid_request', 'sha256');
    return join(this.#dir, name.slice(0, 2), name);
  }
}

async function writeDurably(
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
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

function tooLarge(maxBytes: number): FarmError {
  return new FarmError('payload_too_large', `the file is larger than ${maxBytes} bytes`);
}
