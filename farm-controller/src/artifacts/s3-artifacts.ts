import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { FarmError } from '@greenrack/farm-protocol';
import type { Artifact, ArtifactRange, ArtifactStore } from '../store/ports.js';
import { checkedKey, noArtifact } from './artifact-key.js';
import { IdleLimit } from './idle-limit.js';

/** Parts of one upload that are under way, and so in memory, at a time. */
const PARTS_AT_ONCE = 2;
/** 10 000 parts are the most that S3 takes: files of 80 GB. */
const PART_BYTES = 8 * 1024 * 1024;
const CONNECT_MS = 5_000;
const TRIES = 3;
/** What stores say when they are full. */
const FULL = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage', 'StorageFull']);

export interface S3Location {
  readonly bucket: string;
  /** Before every key, with a slash at its end; may be empty. */
  readonly prefix: string;
  readonly region: string;
  /** Default: that of AWS in the region. */
  readonly endpoint?: string;
}

/** Artifacts in an S3-compatible store. Keys to it come from where AWS's own tools have them: environment, files, role. */
export class S3Artifacts implements ArtifactStore {
  readonly #client: S3Client;
  readonly #at: S3Location;
  readonly #patienceMs: number;

  /** @param patienceMs - how long nothing may move before a call is given up */
  constructor(at: S3Location, patienceMs: number) {
    this.#at = at;
    this.#patienceMs = patienceMs;
    this.#client = new S3Client({
      region: at.region,
      ...(at.endpoint !== undefined && { endpoint: at.endpoint, forcePathStyle: true }),
      // Not every compatible store knows the newer checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: TRIES,
      requestHandler: { connectionTimeout: CONNECT_MS },
    });
  }

  async put(key: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    const object = this.#object(key);
    const watched = new WatchedSource(source);
    return this.#limited(`put ${key}`, async (limit) => {
      const body = Readable.from(
        watched.pieces(() => limit.moved()),
        { objectMode: false },
      );
      const abortController = limit.controller;
      const upload = new Upload({
        client: this.#client,
        params: { ...object, Body: body },
        ...{ queueSize: PARTS_AT_ONCE, partSize: PART_BYTES, abortController },
      });
      upload.on('httpUploadProgress', () => limit.moved());
      try {
        await upload.done();
      } catch (error) {
        // What the source has thrown is not the store's fault.
        throw watched.error ?? error;
      } finally {
        body.destroy();
      }
      return watched.bytes;
    });
  }

  async take(key: string, path: string): Promise<void> {
    await this.put(key, createReadStream(path, { highWaterMark: 1 << 20 }));
    await rm(path);
  }

  async *read(key: string, { from = 0, to }: ArtifactRange = {}): AsyncGenerator<Uint8Array> {
    if (to !== undefined && to <= from) return;
    const object = this.#object(key);
    const range = from === 0 && to === undefined ? {} : { Range: `bytes=${from}-${last(to)}` };
    const limit = new IdleLimit(this.#patienceMs);
    try {
      const command = new GetObjectCommand({ ...object, ...range });
      const { Body: body } = await this.#client.send(command, { abortSignal: limit.signal });
      for await (const piece of limit.over(body as Readable)) yield piece;
    } catch (error) {
      if (isMissing(error)) throw noArtifact(key);
      // Nothing is stored from there on.
      if (nameOf(error) !== 'InvalidRange') throw this.#asFarmError(error, `read ${key}`);
    } finally {
      limit.end();
    }
  }

  async stat(key: string): Promise<Artifact | undefined> {
    const command = new HeadObjectCommand(this.#object(key));
    return this.#limited(`look for ${key}`, async ({ signal }) => {
      try {
        const facts = await this.#client.send(command, { abortSignal: signal });
        const modifiedMs = facts.LastModified?.getTime() ?? 0;
        return { key, bytes: facts.ContentLength ?? 0, modifiedMs };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand(this.#object(key));
    await this.#limited(`delete ${key}`, ({ signal }) =>
      this.#client.send(command, { abortSignal: signal }),
    );
  }

  async *list(folder: string): AsyncGenerator<Artifact> {
    const { bucket: Bucket, prefix } = this.#at;
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const next = token === undefined ? {} : { ContinuationToken: token };
      const command = new ListObjectsV2Command({ Bucket, Prefix: `${prefix}${folder}/`, ...next });
      const page = await this.#limited(`list ${folder}`, ({ signal }) =>
        this.#client.send(command, { abortSignal: signal }),
      );
      for (const { Key, Size = 0, LastModified } of page.Contents ?? [])
        if (Key !== undefined)
          yield {
            key: Key.slice(prefix.length),
            bytes: Size,
            modifiedMs: LastModified?.getTime() ?? 0,
          };
      token = page.NextContinuationToken;
    }
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#at.bucket, Key: `${this.#at.prefix}${checkedKey(key)}` };
  }

  async #limited<T>(what: string, work: (limit: IdleLimit) => Promise<T>): Promise<T> {
    const limit = new IdleLimit(this.#patienceMs);
    try {
      return await work(limit);
    } catch (error) {
      throw this.#asFarmError(error, what);
    } finally {
      limit.end();
    }
  }

  #asFarmError(error: unknown, what: string): unknown {
    if (error instanceof FarmError) return error;
    const { bucket, endpoint = 'AWS' } = this.#at;
    const code = FULL.has(nameOf(error)) ? 'storage_full' : 'unavailable';
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const message = `the artifact store (bucket ${bucket} at ${endpoint}) did not ${what}: ${why}`;
    return new FarmError(code, message, { cause: error });
  }
}

/** Counts what is taken from a source and remembers how it failed. */
class WatchedSource {
  bytes = 0;
  error: unknown;
  readonly #source: AsyncIterable<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *pieces(moved: () => void): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of this.#source) {
        moved();
        this.bytes += piece.byteLength;
        yield piece;
      }
    } catch (error) {
      this.error = error;
      throw error;
    }
  }
}

/** Last byte of a range in HTTP's counting; empty for all there are. */
const last = (to: number | undefined) => (to === undefined ? '' : String(to - 1));

const nameOf = (error: unknown) => (error instanceof Error ? error.name : '');

const isMissing = (error: unknown) => ['NoSuchKey', 'NotFound'].includes(nameOf(error));
