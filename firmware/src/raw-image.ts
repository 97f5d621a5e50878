import { ImageBytes } from './image-bytes.js';
import type { ImageInfo } from './image-info.js';

/** Cards and disks consist of these. */
const SECTOR_BYTES = 512;
/** Both a partition table (MBR, and the one that guards a GPT) and a boot sector of a file system end like this. */
const SIGNATURE_AT = 510;
const SIGNATURE = [0x55, 0xaa];

/** Whether a file is the content of a card or a disk. */
export function isDisk(bytes: Uint8Array): boolean {
  return (
    bytes.length % SECTOR_BYTES === 0 &&
    SIGNATURE.every((byte, i) => bytes[SIGNATURE_AT + i] === byte)
  );
}

/** A file that is known by its first bytes only. */
export interface LargeFile {
  readonly head: Uint8Array;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** What its head looks like. */
  readonly format: ImageInfo['format'];
}

/** What can be said of a file that is larger than any image for flash. @throws ImageFormatError */
export function describeLarge(
  { head, sizeBytes, sha256, format }: LargeFile,
  name: string,
): ImageInfo {
  const file = new ImageBytes(head, format, name);
  if (format !== 'bin' && format !== 'raw')
    throw file.unsupported(0, `it has ${sizeBytes} bytes, which is too large to be flashed`, LESS);
  if (sizeBytes % SECTOR_BYTES !== 0)
    throw file.broken(0, `it has ${sizeBytes} bytes, a card has sectors of ${SECTOR_BYTES}`);
  return { format: 'raw', sizeBytes, sha256, segments: [] };
}

const LESS = 'Strip the symbols, or convert it to BIN.';
