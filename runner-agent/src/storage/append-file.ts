import { type FileHandle, open } from 'node:fs/promises';

/** A disk that refused a write is asked again after this long: an operator may have made room. */
const RETRY_MS = 1000;
/** More than this is written without waiting for the linger time. */
const FULL_BYTES = 64 * 1024;

export interface AppendFileOptions {
  /** How long bytes may wait for company before they are written, in ms. 0: not at all. */
  readonly lingerMs: number;
  /** `batch` is in the file, which now has `totalBytes`. */
  onWritten(batch: Uint8Array, totalBytes: number): void;
  /** A write failed; it is tried again until the file is closed. Called for every failure. */
  onError(error: Error): void;
}

/**
 * A file that only grows. `append` never waits; bytes go to disk in order and in large pieces. What was written
 * survives the death of this process; it is not forced through to the medium.
 */
export class AppendFile {
  readonly #file: FileHandle;
  readonly #options: AppendFileOptions;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #writtenBytes: number;
  #linger: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #wakeRetry: (() => void) | undefined;
  #closed = false;

  private constructor(file: FileHandle, sizeBytes: number, options: AppendFileOptions) {
    this.#file = file;
    this.#writtenBytes = sizeBytes;
    this.#options = options;
  }

  /** Opens or creates `path` and cuts it to `sizeBytes`: what stands behind is not ours. */
  static async open(
    path: string,
    sizeBytes: number,
    options: AppendFileOptions,
  ): Promise<AppendFile> {
    const file = await open(path, sizeBytes === 0 ? 'w' : 'r+');
    if (sizeBytes > 0) await file.truncate(sizeBytes);
    return new AppendFile(file, sizeBytes, options);
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  append(bytes: Uint8Array): void {
    if (this.#closed || bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#writing) return;
    if (this.#options.lingerMs === 0 || this.#pendingBytes >= FULL_BYTES) this.#startWriting();
    else this.#linger ??= setTimeout(() => this.#startWriting(), this.#options.lingerMs);
  }

  /** Resolves when everything appended so far is in the file, however long the disk refuses. */
  async flush(): Promise<void> {
    while (!this.#closed && (this.#writing || this.#pending.length > 0)) {
      if (!this.#writing) this.#startWriting();
      await this.#writing;
    }
  }

  /** Gives up what is not written yet: flush first when it matters. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#linger);
    this.#wakeRetry?.();
    await this.#writing;
    await this.#file.close();
  }

  #startWriting(): void {
    clearTimeout(this.#linger);
    this.#linger = undefined;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0 && !this.#closed) {
      const [first, ...more] = this.#pending;
      const batch = more.length === 0 && first ? first : Buffer.concat(this.#pending);
      this.#pending = [];
      this.#pendingBytes = 0;
      await this.#writeBatch(batch);
    }
  }

  async #writeBatch(batch: Uint8Array): Promise<void> {
    let done = 0;
    while (done < batch.length && !this.#closed) {
      try {
        const at = this.#writtenBytes + done;
        done += (await this.#file.write(batch, done, batch.length - done, at)).bytesWritten;
      } catch (error) {
        this.#options.onError(error instanceof Error ? error : new Error(String(error)));
        await this.#pauseBeforeRetry();
      }
    }
    if (done < batch.length) return;
    this.#writtenBytes += done;
    this.#options.onWritten(batch, this.#writtenBytes);
  }

  async #pauseBeforeRetry(): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      this.#wakeRetry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeRetry = undefined;
  }
}
