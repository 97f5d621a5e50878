import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { absentAs, asStorageError, syncDirectory } from '../artifacts/durable-files.js';

/** One stream of an attempt while it grows. Calls run strictly one after the other. */
export class StreamFile {
  readonly path: string;
  readonly #mayBegin: () => Promise<void>;
  #handle: FileHandle | undefined;
  #hash: Hash = createHash('sha256');
  #size = 0;
  #loaded = false;
  #tail: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** @param mayBegin - rejects when there may be no new file */
  constructor(path: string, mayBegin: () => Promise<void>) {
    this.path = path;
    this.#mayBegin = mayBegin;
  }

  /** No call is under way or waits. */
  get idle(): boolean {
    return this.#pending === 0;
  }

  get isOpen(): boolean {
    return this.#handle !== undefined;
  }

  /** Bytes on disk, looked up: another controller may have gone on with it meanwhile. */
  size(): Promise<number> {
    return this.#inTurn(async () => {
      await this.#reload();
      return this.#size;
    });
  }

  append(offset: number, data: Uint8Array): Promise<number> {
    return this.#inTurn(async () => {
      if (!this.#loaded) await this.#reload();
      const known = this.#size - offset;
      if (known < 0 || known >= data.byteLength) return this.#size;
      await this.#write(known === 0 ? data : data.subarray(known));
      return this.#size;
    });
  }

  prove(expect: { bytes: number; sha256: string }): Promise<boolean> {
    return this.#inTurn(async () => {
      await this.#reload();
      if (this.#size > 0) await this.#sync();
      const sha256 = this.#hash.copy().digest('hex');
      return this.#size === expect.bytes && sha256 === expect.sha256;
    });
  }

  reset(): Promise<void> {
    return this.#inTurn(async () => {
      const handle = await this.#existing();
      await handle?.truncate(0);
      this.#forget();
    });
  }

  /** Gives the file descriptor back; size and hash stay known. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      const handle = this.#handle;
      this.#handle = undefined;
      await handle?.close();
    });
  }

  async #write(data: Uint8Array): Promise<void> {
    const handle = this.#handle ?? (await this.#create());
    try {
      await writeFully(handle, data, this.#size);
    } catch (error) {
      // Half a chunk must not stay: the agent sends it again from the old offset.
      await handle.truncate(this.#size);
      throw asStorageError(error, this.path);
    }
    this.#hash.update(data);
    this.#size += data.byteLength;
  }

  /** Makes sure that size and hash are those of the bytes on disk, reading them when they are not. */
  async #reload(): Promise<void> {
    const handle = await this.#existing();
    const size = handle ? (await handle.stat()).size : 0;
    if (this.#loaded && size === this.#size) return;
    this.#forget();
    if (size > 0) {
      // `end` keeps out what is appended by another controller while we read.
      const bytes = createReadStream(this.path, { end: size - 1, highWaterMark: 1 << 20 });
      for await (const chunk of bytes) this.#hash.update(chunk as Uint8Array);
    }
    this.#size = size;
    this.#loaded = true;
  }

  #forget(): void {
    this.#hash = createHash('sha256');
    this.#size = 0;
    this.#loaded = false;
  }

  async #existing(): Promise<FileHandle | undefined> {
    this.#handle ??= await absentAs(open(this.path, 'r+'), undefined);
    return this.#handle;
  }

  async #create(): Promise<FileHandle> {
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      const existing = await this.#existing();
      if (!existing) await this.#mayBegin();
      this.#handle = existing ?? (await open(this.path, 'wx+', 0o600));
      return this.#handle;
    } catch (error) {
      throw asStorageError(error, this.path);
    }
  }

  async #sync(): Promise<void> {
    const shard = dirname(this.path);
    // Side by side: an attempt's end waits for all three, and none needs another.
    await Promise.all([
      this.#handle?.datasync(),
      syncDirectory(shard),
      syncDirectory(dirname(shard)),
    ]);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#pending += 1;
    const turn = this.#tail.then(work).finally(() => {
      this.#pending -= 1;
    });
    // The caller gets the error; the next in line goes on regardless.
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}

async function writeFully(handle: FileHandle, data: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < data.byteLength) {
    const left = data.byteLength - written;
    const { bytesWritten } = await handle.write(data, written, left, position + written);
    written += bytesWritten;
  }
}
