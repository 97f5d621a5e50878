import type { ImageBytes } from './image-bytes.js';

/*
 * One line of an Intel HEX file (Intel, "Hexadecimal Object File Format", rev. A):
 *
 *   ':' | length 2 digits | address 4 | type 2 | data 2 x length | checksum 2
 *
 * All bytes of a line, checksum included, add up to 0 modulo 256.
 */
const OVERHEAD_BYTES = 5;
const COLON = 0x3a;
const NEWLINE = 0x0a;
/** End of a text file in CP/M and DOS; some tools still write it behind the last line. */
const CTRL_Z = 0x1a;

/** A decoded line. `data` is only valid until the next line is read. */
export interface HexRecord {
  readonly type: number;
  readonly address: number;
  readonly data: Uint8Array;
  /** Of the colon. */
  readonly offset: number;
  readonly line: number;
}

/** Reads record after record; blank lines and CR, LF or CR LF endings are all the same to it. */
export class HexReader {
  readonly #file: ImageBytes;
  readonly #scratch = new Uint8Array(255 + OVERHEAD_BYTES);
  #at: number;
  #line = 1;

  constructor(file: ImageBytes, start: number) {
    this.#file = file;
    this.#at = start;
  }

  next(): HexRecord | undefined {
    this.#skipBlank();
    const offset = this.#at;
    if (offset >= this.#file.size) {
      return undefined;
    }
    if (this.#file.bytes[offset] !== COLON) {
      throw this.#file.broken(offset, `line ${this.#line} does not start with a colon`);
    }
    const length = this.#decode(offset + 1, 0, 1) + OVERHEAD_BYTES;
    const sum = this.#decode(offset + 1, 0, length);
    if ((sum & 0xff) !== 0) {
      throw this.#file.broken(offset, `the checksum of line ${this.#line} is wrong`);
    }
    this.#at = offset + 1 + 2 * length;
    return this.#record(offset, length);
  }

  #record(offset: number, length: number): HexRecord {
    const [, high = 0, low = 0, type = 0] = this.#scratch;
    return {
      type,
      address: high * 256 + low,
      data: this.#scratch.subarray(4, length - 1),
      offset,
      line: this.#line,
    };
  }

  /** Decodes bytes `from`..`to` of the record and returns the sum of these. */
  #decode(digits: number, from: number, to: number): number {
    this.#file.check(digits + 2 * from, 2 * (to - from), `line ${this.#line}`);
    let sum = 0;
    for (let i = from; i < to; i++) {
      const byte = this.#nibble(digits + 2 * i) * 16 + this.#nibble(digits + 2 * i + 1);
      this.#scratch[i] = byte;
      sum += byte;
    }
    return sum;
  }

  #nibble(offset: number): number {
    const value = digitValue(this.#file.bytes[offset] ?? 0);
    if (value < 0) {
      throw this.#file.broken(offset, `line ${this.#line} holds something other than hex digits`);
    }
    return value;
  }

  #skipBlank(): void {
    for (; this.#at < this.#file.size; this.#at++) {
      const byte = this.#file.bytes[this.#at] ?? 0;
      if (!isBlank(byte) && byte !== CTRL_Z) {
        return;
      }
      this.#line += byte === NEWLINE ? 1 : 0;
    }
  }
}

/** Space, tab, CR or LF. */
export function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;
}

function digitValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) {
    return byte - 0x30;
  }
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
