import type { AttemptEvent, StreamKind } from '@greenrack/farm-protocol';
import type { EventRow } from './schema.js';

/** One file of the artifact store. */
export interface Artifact {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Bytes of a file: from `from` (default 0) to before `to` (default its end). */
export interface ArtifactRange {
  readonly from?: number;
  readonly to?: number;
}

/**
 * Files of the farm by key, such as `blobs/ab/abcd…`: in a folder, or in an S3-compatible store that several controllers
 * share. Bytes are streamed both ways. A call on a store that does not answer ends with `unavailable`.
 */
export interface ArtifactStore {
  /**
   * Keeps the bytes under `key`, all or none of them; durable when resolved. What was there before is replaced.
   * @returns how many they were
   * @throws FarmError `storage_full`, `unavailable`
   */
  put(key: string, source: AsyncIterable<Uint8Array>): Promise<number>;
  /** Like {@link put} with the bytes of a local file, which is gone then. */
  take(key: string, path: string): Promise<void>;
  /** @throws FarmError `not_found` */
  read(key: string, range?: ArtifactRange): AsyncIterable<Uint8Array>;
  stat(key: string): Promise<Artifact | undefined>;
  /** What is not there is deleted. */
  delete(key: string): Promise<void>;
  /** All files whose key begins with `folder` and a slash, in no order. */
  list(folder: string): AsyncIterable<Artifact>;
  /** Where the file is, in a store that is a folder. */
  localPath?(key: string): string;
}

/** Content-addressed files: the images. */
export interface BlobStore {
  /**
   * Takes a stream, at most `maxBytes`, and keeps it under its SHA-256; durable when resolved.
   * @throws FarmError `payload_too_large`, `storage_full`
   */
  put(
    source: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ sha256: string; sizeBytes: number }>;
  /**
   * Keeps a stream whose hash and size are known before, straight into the store; durable when resolved.
   * @throws FarmError `image_mismatch` when it is another, `storage_full`
   */
  keep(
    expected: { readonly sha256: string; readonly sizeBytes: number },
    source: AsyncIterable<Uint8Array>,
  ): Promise<void>;
  has(sha256: string): Promise<boolean>;
  /** Undefined when the farm has no such blob. */
  sizeOf(sha256: string): Promise<number | undefined>;
  /** @throws FarmError `not_found` */
  read(sha256: string, range?: ArtifactRange): AsyncIterable<Uint8Array>;
  /** Calls `work` with a local file of these bytes, which may be gone afterwards; undefined when there is no such blob. */
  withFile<T>(sha256: string, work: (path: string) => Promise<T>): Promise<T | undefined>;
}

/** One stream of one attempt. */
export interface StreamKey {
  readonly attemptId: string;
  /** Such as `console`. */
  readonly name: string;
}

/** Streams of attempts on the local disk, appended while an attempt runs. */
export interface StreamSpool {
  /** Bytes stored so far of each stream of the attempt: the offsets from which the agent goes on. */
  sizes(attemptId: string): Promise<Record<string, number>>;
  /** Appends when `offset` is the present size (what is known already is skipped); answers the new size. Written, not yet synced. */
  append(key: StreamKey, offset: number, data: Uint8Array): Promise<number>;
  /** Syncs, and proves length and hash; false when they differ. Called before an `attemptEnd` is committed. */
  prove(key: StreamKey, expect: { bytes: number; sha256: string }): Promise<boolean>;
  /** Starts a stream afresh: after a failed proof the agent sends it again. */
  reset(key: StreamKey): Promise<void>;
  /** The bytes stored at the time, from `offset`; none of a stream that has not begun. */
  read(key: StreamKey, offset: number): AsyncIterable<Uint8Array>;
  /** Calls `work` with the stream open at any place; undefined of a stream that has not begun. */
  withBytes<T>(key: StreamKey, work: (bytes: StreamBytes) => Promise<T>): Promise<T | undefined>;
  /** What the disk has of an attempt. */
  files(attemptId: string): Promise<{ name: string; bytes: number }[]>;
  /** Attempts of which something is here. */
  attempts(): AsyncIterable<string>;
  remove(key: StreamKey): Promise<void>;
  /** Gives all file descriptors back. */
  close(): Promise<void>;
}

/** A stream of an attempt that is over, as its row says. */
export interface StreamRow extends StreamKey {
  readonly kind: StreamKind | 'events';
  /** Not known of events before they are stored. */
  readonly bytes: number;
  readonly sha256: string | null;
  /** What it has in the artifact store; null while it is elsewhere. */
  readonly storedBytes: number | null;
}

/** A stream that the artifact store has. */
export interface StoredStream extends StreamRow {
  readonly storedBytes: number;
}

/** An attempt that is over, with its streams by name. */
export interface ClosedAttempt {
  readonly attemptId: string;
  /** Number of its last event. */
  readonly lastSeq: number;
  readonly streams: ReadonlyMap<string, StreamRow>;
}

/** What the database knows of streams; their rows are written with the end of their attempt. */
export interface StreamStore {
  find(key: StreamKey): Promise<StreamRow | undefined>;
  /** Those of the attempts that are over. */
  ended(attemptIds: readonly string[]): Promise<ClosedAttempt[]>;
  /** Attempts after `after` of which not every stream is in the artifact store, in order of their ids. */
  unstored(after: string, limit: number): Promise<string[]>;
  /** Events of an attempt as they are in the database, after number `afterSeq`. */
  eventRows(attemptId: string, afterSeq: number, limit: number): Promise<EventRow[]>;
  /** The artifact store has these now; events go from the database. */
  stored(streams: readonly StoredStream[]): Promise<void>;
}

/** The bytes of a stream at any place, as many as there were when it was opened. */
export interface StreamBytes {
  readonly size: number;
  /** @returns exactly `length` bytes @throws RangeError when they are not there */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** Streams of attempts for readers, wherever they are. */
export interface AttemptStreams {
  /** Names of those that have begun, beside the events. */
  names(attemptId: string): Promise<string[]>;
  /** Calls `work` with the stream open at any place; undefined of a stream that has not begun. */
  withBytes<T>(key: StreamKey, work: (bytes: StreamBytes) => Promise<T>): Promise<T | undefined>;
  /** Events after number `afterSeq`, and the number of the last that is stored. */
  events(
    attemptId: string,
    afterSeq: number,
    limit: number,
  ): Promise<{ events: AttemptEvent[]; lastSeq: number }>;
  /** The bytes stored at the time, from `offset`; none of a stream that has not begun. */
  read(key: StreamKey, offset: number): AsyncIterable<Uint8Array>;
}
