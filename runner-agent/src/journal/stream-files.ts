import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { streamKind } from '@greenrack/farm-model';
import { type AttemptEnd, type StreamSeal, streamNameSchema } from '@greenrack/farm-protocol';
import { isMissing } from '../storage/missing.js';
import { salvageConsole } from './console-salvage.js';

/** What is left of an attempt's streams. */
export interface SalvagedStreams {
  readonly seals: readonly StreamSeal[];
  /** Time of the last record of a console, in µs since the attempt began. */
  readonly lastUs: number;
}

/** Name of the file of a stream in the folder of its attempt. */
export function streamFile(name: string): string {
  return `${name}.${streamKind(name) === 'console' ? 'grlog' : 'bin'}`;
}

/** Measures the streams of an attempt that nobody writes any more; a console is cut to its last whole record. */
export async function salvageStreams(dir: string): Promise<SalvagedStreams> {
  const seals: StreamSeal[] = [];
  let lastUs = 0;
  for (const name of await streamsIn(dir)) {
    const kind = streamKind(name);
    const path = join(dir, streamFile(name));
    if (kind === 'console') {
      const { lastUs: us, ...saved } = await salvageConsole(path);
      lastUs = Math.max(lastUs, us);
      seals.push({ name, kind, ...saved });
    } else seals.push({ name, kind, ...(await measure(path)) });
  }
  return { seals, lastUs };
}

/** Copies each stream as far as `bytes` says. One that had not begun is left out. */
export async function copyStreams(
  from: string,
  to: string,
  bytes: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [name, length] of bytes) {
    const copy = join(to, streamFile(name));
    try {
      await copyFile(join(from, streamFile(name)), copy);
      await truncate(copy, length);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
}

/** The seals as an attempt's end has them, also in the form that a controller one release older reads. */
export function sealed(
  streams: readonly StreamSeal[],
): Required<Pick<AttemptEnd, 'streams' | 'consoleBytes' | 'consoleSha256'>> {
  const console = streams.find(({ name }) => name === 'console');
  return {
    streams: [...streams],
    consoleBytes: console?.bytes ?? 0,
    consoleSha256: console?.sha256 ?? createHash('sha256').digest('hex'),
  };
}

async function streamsIn(dir: string): Promise<string[]> {
  const names = (await readdir(dir)).map((file) => file.replace(/\.(grlog|bin)$/, ''));
  return names.filter((name) => streamNameSchema.safeParse(name).success).sort();
}

async function measure(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path)) {
    bytes += (piece as Uint8Array).byteLength;
    hash.update(piece);
  }
  return { bytes, sha256: hash.digest('hex') };
}
