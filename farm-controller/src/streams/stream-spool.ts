import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptIdSchema, parseOrThrow } from '@greenrack/farm-protocol';
import { asStorageError, isAbsent } from '../artifacts/durable-files.js';
import type { ConsoleStore } from '../store/ports.js';
import { ConsoleFile } from './stream-file.js';

export interface ConsoleStoreOptions {
  /** Logs whose file stays open. Default 256. */
  readonly maxOpen?: number;
  /** Logs whose size and running hash stay in memory. Default 4096. */
  readonly maxKnown?: number;
}

/** Opens the directory of console logs: `<dir>/<2 last characters>/<attempt id>.grlog`. */
export async function openConsoleStore(
  dir: string,
  options: ConsoleStoreOptions = {},
): Promise<ConsoleStore> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asStorageError(error, dir);
  }
  return new FileConsoleStore(dir, options.maxOpen ?? 256, options.maxKnown ?? 4096);
}

class FileConsoleStore implements ConsoleStore {
  readonly #dir: string;
  readonly #maxOpen: number;
  readonly #maxKnown: number;
  /** Least recently used first. */
  readonly #files = new Map<string, ConsoleFile>();

  constructor(dir: string, maxOpen: number, maxKnown: number) {
    this.#dir = dir;
    this.#maxOpen = maxOpen;
    this.#maxKnown = maxKnown;
  }

  size(attemptId: string): Promise<number> {
    return this.#with(attemptId, (file) => file.size());
  }

  append(attemptId: string, offset: number, data: Uint8Array): Promise<number> {
    return this.#with(attemptId, (file) => file.append(offset, data));
  }

  async seal(attemptId: string, expect: { bytes: number; sha256: string }): Promise<boolean> {
    const complete = await this.#with(attemptId, (file) => file.seal(expect));
    if (complete) await this.#drop(attemptId);
    return complete;
  }

  reset(attemptId: string): Promise<void> {
    return this.#with(attemptId, (file) => file.reset());
  }

  async *read(attemptId: string, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    const bytes = createReadStream(this.#path(attemptId), {
      start: offset,
      highWaterMark: 1 << 18,
    });
    try {
      for await (const chunk of bytes) yield chunk as Uint8Array;
    } catch (error) {
      // Nothing has been printed yet.
      if (!isAbsent(error)) throw error;
    }
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.map((file) => file.close()));
  }

  async #with<T>(attemptId: string, work: (file: ConsoleFile) => Promise<T>): Promise<T> {
    const file = this.#files.get(attemptId) ?? new ConsoleFile(this.#path(attemptId));
    this.#files.delete(attemptId);
    this.#files.set(attemptId, file);
    try {
      return await work(file);
    } finally {
      await this.#shrink();
    }
  }

  async #drop(attemptId: string): Promise<void> {
    const file = this.#files.get(attemptId);
    if (!file?.idle) return;
    this.#files.delete(attemptId);
    await file.close();
  }

  /** Closes idle files beyond the bounds, the least recently used first. */
  async #shrink(): Promise<void> {
    let open = 0;
    for (const file of this.#files.values()) if (file.isOpen) open += 1;
    for (const [id, file] of this.#files) {
      const forget = this.#files.size > this.#maxKnown;
      if (!forget && open <= this.#maxOpen) return;
      if (!file.idle) continue;
      if (forget) this.#files.delete(id);
      if (file.isOpen) open -= 1;
      await file.close();
    }
  }

  #path(attemptId: string): string {
    const id = parseOrThrow(attemptIdSchema, attemptId, 'invalid_request', 'attempt');
    return join(this.#dir, id.slice(-2), `${id}.grlog`);
  }
}
