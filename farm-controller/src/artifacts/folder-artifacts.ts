import { randomBytes } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Artifact, ArtifactRange, ArtifactStore } from '../store/ports.js';
import { checkedKey, noArtifact } from './artifact-key.js';
import {
  absentAs,
  asStorageError,
  isAbsent,
  makeDirectory,
  removeOldFiles,
  syncDirectory,
} from './durable-files.js';

/** Unfinished files of a process that died are removed after this long; another process may still write younger ones. */
const ABANDONED_MS = 86_400_000;
/** For files that are being written: no key begins like this. */
const UNFINISHED = 'tmp';

/**
 * Opens a folder as an artifact store. A file is written in `<dir>/tmp` first and gets its name when it is whole.
 * Several processes may share the folder. Calls have no deadlines of their own: a local disk has none.
 * @throws FarmError `storage_full`
 */
export async function openFolderArtifacts(dir: string): Promise<ArtifactStore> {
  const tmp = join(dir, UNFINISHED);
  try {
    await mkdir(tmp, { recursive: true, mode: 0o700 });
    await removeOldFiles(tmp, Date.now() - ABANDONED_MS);
  } catch (error) {
    throw asStorageError(error, dir);
  }
  return new FolderArtifacts(dir, tmp);
}

class FolderArtifacts implements ArtifactStore {
  readonly #dir: string;
  readonly #tmp: string;

  constructor(dir: string, tmp: string) {
    this.#dir = dir;
    this.#tmp = tmp;
  }

  async put(key: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    const path = join(this.#tmp, randomBytes(16).toString('hex'));
    const to = this.#path(key);
    try {
      const bytes = await writeSynced(path, source);
      await this.#moveIn(path, to);
      return bytes;
    } catch (error) {
      await rm(path, { force: true });
      throw asStorageError(error, this.#dir);
    }
  }

  async take(key: string, path: string): Promise<void> {
    const to = this.#path(key);
    try {
      await syncFile(path);
      await this.#moveIn(path, to);
    } catch (error) {
      throw asStorageError(error, this.#dir);
    }
  }

  async *read(key: string, { from = 0, to }: ArtifactRange = {}): AsyncGenerator<Uint8Array> {
    const path = this.#path(key);
    if (to !== undefined && to <= from) return;
    const end = to === undefined ? {} : { end: to - 1 };
    const bytes = createReadStream(path, { start: from, ...end, highWaterMark: 1 << 18 });
    try {
      for await (const chunk of bytes) yield chunk as Uint8Array;
    } catch (error) {
      throw isAbsent(error) ? noArtifact(key) : error;
    }
  }

  async stat(key: string): Promise<Artifact | undefined> {
    const facts = await absentAs(stat(this.#path(key)), undefined);
    return facts && { key, bytes: facts.size, modifiedMs: Math.trunc(facts.mtimeMs) };
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  async *list(folder: string): AsyncGenerator<Artifact> {
    const none: Dirent[] = [];
    const entries = await absentAs(readdir(join(this.#dir, folder), { withFileTypes: true }), none);
    for (const entry of entries) {
      const key = `${folder}/${entry.name}`;
      if (entry.isDirectory()) yield* this.list(key);
      // Gone meanwhile is not listed.
      const artifact = entry.isFile() ? await this.stat(key) : undefined;
      if (artifact) yield artifact;
    }
  }

  localPath(key: string): string {
    return this.#path(key);
  }

  /** Renaming replaces: two that put the same bytes at once both succeed. */
  async #moveIn(from: string, to: string): Promise<void> {
    const shard = dirname(to);
    try {
      await rename(from, to);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      await makeDirectory(shard);
      await rename(from, to);
    }
    await syncDirectory(shard);
  }

  #path(key: string): string {
    return join(this.#dir, checkedKey(key));
  }
}

async function writeSynced(path: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of source) {
      bytes += chunk.byteLength;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return bytes;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
