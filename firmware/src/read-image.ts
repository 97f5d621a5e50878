import { createHash } from 'node:crypto';
import { hasVectorTable, parseBin } from './bin-image.js';
import { parseElf } from './elf-image.js';
import { parseHex } from './hex-image.js';
import { isBlank } from './hex-record.js';
import { ImageBytes } from './image-bytes.js';
import type { ImageFormat, ImageInfo, ImageSegment } from './image-info.js';
import { type LoadRange, mergeRanges, type ParsedImage } from './load-range.js';
import { describeLarge, isDisk, type LargeFile } from './raw-image.js';
import { findTargetName } from './target-note.js';
import { parseUf2 } from './uf2-image.js';

const COLON = 0x3a;
/** How far a HEX file is looked for behind lines that do not belong into one. */
const HEAD_BYTES = 4096;
const RECORD = /^[ \t]*:[0-9A-Fa-f]{10,}[ \t]*\r?$/m;
const BYTE_ORDER_MARK = '\xef\xbb\xbf';

/**
 * Reads an image from a stranger. The format is told by content, never by the name.
 * Time and memory are bounded by the size of the file.
 *
 * @param name - used in messages only, for example the file's name
 * @param lookFor - strings of C, which are told in `mentions` when the image holds them
 * @throws ImageFormatError, and nothing else
 */
export function readImage(
  bytes: Uint8Array,
  name = 'image',
  lookFor: readonly string[] = [],
): ImageInfo {
  const format = detectFormat(bytes, name);
  const file = new ImageBytes(bytes, format, name);
  if (format === 'raw')
    return describeLarge(
      { head: bytes, sizeBytes: bytes.length, sha256: hashOf(bytes), format },
      name,
    );
  const parsed = parse(file);
  const ranges = mergeRanges(file, parsed.ranges);
  const { ranges: _, ...found } = parsed;
  const targetName = parsed.targetName ?? findInRanges(ranges);
  return {
    format,
    sizeBytes: bytes.byteLength,
    sha256: hashOf(bytes),
    ...found,
    segments: ranges.map(toSegment),
    ...(targetName !== undefined && { targetName }),
    ...(lookFor.length > 0 && { mentions: lookFor.filter((word) => holds(ranges, word)) }),
  };
}

/**
 * Says of a file that is larger than any image for flash what its first bytes tell.
 * @throws ImageFormatError, and nothing else
 */
export function readLargeImage(file: Omit<LargeFile, 'format'>, name = 'image'): ImageInfo {
  const format = detectFormat(file.head, name);
  if (format === 'bin') parseBin(new ImageBytes(file.head, format, name));
  return describeLarge({ ...file, format }, name);
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function holds(ranges: readonly LoadRange[], word: string): boolean {
  const string = Buffer.from(`${word}\0`, 'latin1');
  return ranges.some(({ bytes }) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(string),
  );
}

function detectFormat(bytes: Uint8Array, name: string): ImageFormat {
  const head = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  if (head === '\x7fELF') {
    return 'elf';
  }
  if (head === 'UF2\n') {
    return 'uf2';
  }
  if (startsWithColon(bytes) || looksLikeHex(bytes)) return 'hex';
  return isDisk(bytes) && !hasVectorTable(new ImageBytes(bytes, 'bin', name)) ? 'raw' : 'bin';
}

/** HEX is text: an editor may have put a mark in front. */
function hexStart(bytes: Uint8Array): number {
  const head = Buffer.from(bytes.subarray(0, 3)).toString('latin1');
  return head === BYTE_ORDER_MARK ? 3 : 0;
}

function startsWithColon(bytes: Uint8Array): boolean {
  let at = hexStart(bytes);
  while (at < bytes.length && isBlank(bytes[at] ?? 0)) {
    at++;
  }
  return bytes[at] === COLON;
}

/** Text with a record somewhere near its start is meant as HEX: the line that is wrong can be named. */
function looksLikeHex(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(hexStart(bytes), HEAD_BYTES)).toString('latin1');
  return /^[\t\n\r -~]*$/.test(head) && RECORD.test(head);
}

function parse(file: ImageBytes): ParsedImage {
  switch (file.format) {
    case 'elf':
      return parseElf(file);
    case 'uf2':
      return parseUf2(file);
    case 'hex':
      return parseHex(file, hexStart(file.bytes));
    case 'bin':
    case 'raw':
      return parseBin(file);
  }
}

function findInRanges(ranges: readonly LoadRange[]): string | undefined {
  for (const range of ranges) {
    const name = findTargetName(range.bytes);
    if (name !== undefined) {
      return name;
    }
  }
  return undefined;
}

function toSegment(range: LoadRange): ImageSegment {
  const { address, bytes, flags } = range;
  const sizeBytes = bytes.length;
  const head = mayHoldVectors(range) && { head: firstWords(bytes) };
  return { address, sizeBytes, ...(flags !== undefined && { flags }), ...head };
}

/** Cores take vector tables at multiples of 128 bytes (Armv7-M ARM, B3.2.5 "VTOR"). */
function mayHoldVectors({ address, bytes }: LoadRange): boolean {
  return address % 128 === 0 && bytes.length >= 8;
}

function firstWords(bytes: Uint8Array): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return [view.getUint32(0, true), view.getUint32(4, true)];
}
