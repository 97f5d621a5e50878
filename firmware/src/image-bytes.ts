import { ImageFormatError } from './image-format-error.js';
import type { ImageFormat } from './image-info.js';

const REBUILD = 'Build the image again, or upload it again if it was cut on its way.';

/** Writes a number the way linker maps do. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/**
 * The bytes of a file from a stranger. Every read is checked against the real size and
 * says which field it was after; numbers are little-endian.
 */
export class ImageBytes {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly #name: string;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, format: ImageFormat, name: string) {
    this.bytes = bytes;
    this.format = format;
    this.#name = name;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get size(): number {
    return this.bytes.byteLength;
  }

  u8(offset: number, what: string): number {
    this.check(offset, 1, what);
    return this.#view.getUint8(offset);
  }

  u16(offset: number, what: string): number {
    this.check(offset, 2, what);
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number, what: string): number {
    this.check(offset, 4, what);
    return this.#view.getUint32(offset, true);
  }

  /** A view, not a copy. */
  slice(offset: number, size: number, what: string): Uint8Array {
    this.check(offset, size, what);
    return this.bytes.subarray(offset, offset + size);
  }

  /** Offsets and sizes are at most 32 bits wide, so their sum is exact. */
  check(offset: number, size: number, what: string): void {
    if (offset + size > this.size) {
      const range = `${hex(offset)} + ${hex(size)}`;
      throw this.broken(
        Math.min(offset, this.size),
        `${what} (${range}) ends after the file, which has ${hex(this.size)} bytes`,
      );
    }
  }

  broken(offset: number, what: string, remedy = REBUILD): ImageFormatError {
    const problem = { code: 'image_broken', format: this.format, offset, what, remedy } as const;
    return new ImageFormatError(problem, this.#name);
  }

  unsupported(offset: number, what: string, remedy: string): ImageFormatError {
    const problem = {
      code: 'image_unsupported',
      format: this.format,
      offset,
      what,
      remedy,
    } as const;
    return new ImageFormatError(problem, this.#name);
  }
}
