import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  attemptIdSchema,
  FarmError,
  MAX_STREAMS_PER_ATTEMPT,
  parseOrThrow,
  streamNameSchema,
} from '@greenrack/farm-protocol';
import { absentAs, asStorageError, isAbsent, makeDirectory } from '../artifacts/durable-files.js';
import type { StreamBytes, StreamKey, StreamSpool } from '../store/ports.js';
import { mustBeThere } from './byte-range.js';
import { StreamFile } from './stream-file.js';

export interface StreamSpoolOptions {
  /** Streams whose file stays open. Default 256. */
  readonly maxOpen?: number;
  /** Streams whose size and running hash stay in memory. Default 4096. */
  readonly maxKnown?: number;
}

/** Opens the directory of growing streams: `<dir>/<2 last characters>/<attempt id>.<name>`. */
export async function openStreamSpool(
  dir: string,
  options: StreamSpoolOptions = {},
): Promise<StreamSpool> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asStorageError(error, dir);
  }
  return new FileStreamSpool(dir, options.maxOpen ?? 256, options.maxKnown ?? 4096);
}

/** Takes the console logs over that stand in the folder of a controller one release older. */
export async function adoptConsoleLogs(from: string, spool: string): Promise<void> {
  for (const shard of await absentAs(readdir(from), [])) {
    const logs = (await readdir(join(from, shard))).filter((name) => name.endsWith('.grlog'));
    if (logs.length > 0) await makeDirectory(join(spool, shard));
    for (const log of logs) {
      const to = join(spool, shard, log.replace(/grlog$/, 'console'));
      await absentAs(rename(join(from, shard, log), to), undefined);
    }
  }
}

async function fileBytes(file: FileHandle): Promise<StreamBytes> {
  const { size } = await file.stat();
  const read = async (at: number, length: number): Promise<Uint8Array> => {
    mustBeThere({ at, length, size });
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, at);
    mustBeThere({ at, length, size: at + bytesRead });
    return bytes;
  };
  return { size, read };
}

class FileStreamSpool implements StreamSpool {
  readonly #dir: string;
  readonly #maxOpen: number;
  readonly #maxKnown: number;
  /** By path, least recently used first. */
  readonly #files = new Map<string, StreamFile>();

  constructor(dir: string, maxOpen: number, maxKnown: number) {
    this.#dir = dir;
    this.#maxOpen = maxOpen;
    this.#maxKnown = maxKnown;
  }

  async sizes(attemptId: string): Promise<Record<string, number>> {
    const sizes: Record<string, number> = {};
    for (const name of await this.#names(attemptId))
      sizes[name] = await this.#with({ attemptId, name }, (file) => file.size());
    return sizes;
  }

  async files(attemptId: string): Promise<{ name: string; bytes: number }[]> {
    const files = [];
    for (const name of await this.#names(attemptId)) {
      const facts = await absentAs(stat(this.#path({ attemptId, name })), undefined);
      if (facts) files.push({ name, bytes: facts.size });
    }
    return files;
  }

  append(key: StreamKey, offset: number, data: Uint8Array): Promise<number> {
    return this.#with(key, (file) => file.append(offset, data));
  }

  async prove(key: StreamKey, expect: { bytes: number; sha256: string }): Promise<boolean> {
    const complete = await this.#with(key, (file) => file.prove(expect));
    if (complete) await this.#drop(key);
    return complete;
  }

  reset(key: StreamKey): Promise<void> {
    return this.#with(key, (file) => file.reset());
  }

  async *read(key: StreamKey, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    const bytes = createReadStream(this.#path(key), { start: offset, highWaterMark: 1 << 18 });
    try {
      for await (const chunk of bytes) yield chunk as Uint8Array;
    } catch (error) {
      // Nothing has been printed yet.
      if (!isAbsent(error)) throw error;
    }
  }

  async withBytes<T>(key: StreamKey, work: (bytes: StreamBytes) => Promise<T>) {
    const file = await absentAs(open(this.#path(key), 'r'), undefined);
    if (!file) return undefined;
    try {
      return await work(await fileBytes(file));
    } finally {
      await file.close();
    }
  }

  async *attempts(): AsyncGenerator<string> {
    for (const shard of await readdir(this.#dir)) {
      const files = await readdir(join(this.#dir, shard));
      yield* new Set(files.map((file) => file.slice(0, file.indexOf('.'))));
    }
  }

  async remove(key: StreamKey): Promise<void> {
    await this.#drop(key);
    await rm(this.#path(key), { force: true });
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.map((file) => file.close()));
  }

  async #mustHaveRoom({ attemptId, name }: StreamKey): Promise<void> {
    if ((await this.#names(attemptId)).length < MAX_STREAMS_PER_ATTEMPT) return;
    const message = `attempt ${attemptId} has ${MAX_STREAMS_PER_ATTEMPT} streams: no room for ${name}`;
    throw new FarmError('payload_too_large', message);
  }

  async #names(attemptId: string): Promise<string[]> {
    const files = await absentAs(readdir(join(this.#dir, attemptId.slice(-2))), []);
    const own = files.filter((file) => file.startsWith(`${attemptId}.`));
    return own.map((file) => file.slice(attemptId.length + 1));
  }

  async #with<T>(key: StreamKey, work: (file: StreamFile) => Promise<T>): Promise<T> {
    const path = this.#path(key);
    const file = this.#files.get(path) ?? new StreamFile(path, () => this.#mustHaveRoom(key));
    this.#files.delete(path);
    this.#files.set(path, file);
    try {
      return await work(file);
    } finally {
      await this.#shrink();
    }
  }

  async #drop(key: StreamKey): Promise<void> {
    const path = this.#path(key);
    const file = this.#files.get(path);
    if (!file?.idle) return;
    this.#files.delete(path);
    await file.close();
  }

  /** Closes idle files beyond the bounds, the least recently used first. */
  async #shrink(): Promise<void> {
    let open = 0;
    for (const file of this.#files.values()) if (file.isOpen) open += 1;
    for (const [path, file] of this.#files) {
      const forget = this.#files.size > this.#maxKnown;
      if (!forget && open <= this.#maxOpen) return;
      if (!file.idle) continue;
      if (forget) this.#files.delete(path);
      if (file.isOpen) open -= 1;
      await file.close();
    }
  }

  #path({ attemptId, name }: StreamKey): string {
    const id = parseOrThrow(attemptIdSchema, attemptId, 'invalid_request', 'attempt');
    const stream = parseOrThrow(streamNameSchema, name, 'invalid_request', 'stream');
    return join(this.#dir, id.slice(-2), `${id}.${stream}`);
  }
}
