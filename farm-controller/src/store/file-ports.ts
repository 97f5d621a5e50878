/** Content-addressed files. */
export interface BlobStore {
  /**
   * Takes a stream, at most `maxBytes`, and keeps it under its SHA-256; durable when resolved.
   * @throws FarmError `payload_too_large`, `storage_full`
   */
  put(
    source: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ sha256: string; sizeBytes: number }>;
  has(sha256: string): Promise<boolean>;
  /** A path for sendfile; undefined when the farm has no such blob. */
  pathOf(sha256: string): Promise<string | undefined>;
  read(sha256: string): Promise<Uint8Array | undefined>;
}

/** Console logs, appended while an attempt runs. */
export interface ConsoleStore {
  /** Bytes stored so far: the offset from which the agent goes on. */
  size(attemptId: string): Promise<number>;
  /** Appends when `offset` is the present size (what is known already is skipped); answers the new size. Written, not yet synced. */
  append(attemptId: string, offset: number, data: Uint8Array): Promise<number>;
  /** Syncs, and proves length and hash; false when they differ. Called before an `attemptEnd` is committed. */
  seal(attemptId: string, expect: { bytes: number; sha256: string }): Promise<boolean>;
  /** Starts a log afresh: after a failed proof the agent sends it again. */
  reset(attemptId: string): Promise<void>;
  /** The bytes stored at the time, from `offset`; none for an attempt without a log. */
  read(attemptId: string, offset: number): AsyncIterable<Uint8Array>;
  /** Gives all file descriptors back. */
  close(): Promise<void>;
}
