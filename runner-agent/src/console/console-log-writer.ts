import { createHash, type Hash } from 'node:crypto';
import {
  type ConsoleDirection,
  encodeLogHeader,
  encodeRecordHeader,
  MAX_RECORD_BYTES,
} from '@greenrack/farm-protocol';
import { AppendFile } from '../storage/append-file.js';

/** Bytes wait this long for more, so that a chatty board costs one write and not hundreds. */
const LINGER_MS = 10;

export interface ConsoleLogOptions {
  readonly path: string;
  /** Wall clock of the moment that `atUs` 0 stands for. */
  readonly wallMs: number;
  /** The file has grown to `bytes`. */
  onWritten(bytes: number): void;
  /** A write failed and will be tried again. */
  onError(error: Error): void;
}

/** Size and digest of a finished log file. */
export interface ConsoleLogSeal {
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes the console log of one attempt in the format of farm-protocol's `console-log.ts`. */
export class ConsoleLogWriter {
  readonly #file: AppendFile;
  readonly #hash: Hash;
  #lastUs = 0;
  #bytes = 0;

  private constructor(file: AppendFile, hash: Hash) {
    this.#file = file;
    this.#hash = hash;
  }

  static async create(options: ConsoleLogOptions): Promise<ConsoleLogWriter> {
    const hash = createHash('sha256');
    const file = await AppendFile.open(options.path, 0, {
      lingerMs: LINGER_MS,
      onWritten: (batch, total) => {
        hash.update(batch);
        options.onWritten(total);
      },
      onError: options.onError,
    });
    const writer = new ConsoleLogWriter(file, hash);
    writer.#append(encodeLogHeader(options.wallMs));
    return writer;
  }

  /** Size of the log with everything recorded so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the bytes as they came; they may be on disk a little later. `atUs` counts from `wallMs`. */
  record(direction: ConsoleDirection, bytes: Uint8Array, atUs: number): void {
    for (let at = 0; at < bytes.length; at += MAX_RECORD_BYTES) {
      const piece = bytes.subarray(at, at + MAX_RECORD_BYTES);
      const now = Math.max(Math.trunc(atUs), this.#lastUs);
      this.#append(encodeRecordHeader(now - this.#lastUs, direction, piece.length));
      this.#append(piece);
      this.#lastUs = now;
    }
  }

  /** Writes the rest and closes the file. Call once, last. */
  async seal(): Promise<ConsoleLogSeal> {
    await this.#file.flush();
    await this.#file.close();
    return { bytes: this.#file.writtenBytes, sha256: this.#hash.digest('hex') };
  }

  #append(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#file.append(bytes);
  }
}
