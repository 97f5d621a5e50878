/*
 * A trace: samples of one instrument during one attempt, only ever appended to. Little-endian.
 *
 *   ┌──────┬───────┬───────┬─ … ─┬───────┬───────┬─ … ─┬───────┬──────────┬─ … ─┬─────┬─────────┐
 *   │ HEAD │ CHUNK │ CHUNK │     │ GROUP │ CHUNK │     │ GROUP │ OVERVIEW │     │ END │ trailer │
 *   └──────┴───────┴───────┴─ … ─┴───────┴───────┴─ … ─┴───────┴──────────┴─ … ─┴─────┴─────────┘
 *
 *   block    tag u32 · bytes that follow u32 · CRC-32 of them u32 · samples u32
 *   HEAD     JSON: TraceHeader
 *   CHUNK    summary of buckets of 256 samples · widths of codes · widths of lines · zeros to a word · words of both
 *   GROUP    first sample f64 · chunk places f64 × 64 · summaries of 64 chunks: buckets of 256·8, 256·8², …
 *   OVERVIEW of 512 groups each: place f64 · samples f64 · first sample f64 · chunk places f64 × 64 · summaries of buckets
 *            of 256·8² and more · zeros to eight: what every coarse window needs stands together
 *   END      JSON: places of the groups and overviews, TraceFooter
 *   trailer  "GRTREND1" · place of END f64
 *
 * Without a trailer the writer died: chunks that are whole are read all the same.
 */
export const TAG = {
  head: 0x52544752,
  chunk: 0x4b4e4843,
  group: 0x50555247,
  overview: 0x5745564f,
  end: 0x20444e45,
} as const;
export const BLOCK_HEAD_BYTES = 16;
export const TRAILER_BYTES = 16;
export const TRAILER_MARK = 'GRTREND1';
export const GROUP_CHUNKS = 64;
export const GROUP_HEAD_BYTES = 8 + 8 * GROUP_CHUNKS;
/** More than any block of ours has. */
export const MAX_BLOCK_BYTES = 4 * 1024 * 1024;

export interface BlockHead {
  readonly tag: number;
  readonly bytes: number;
  readonly crc: number;
  readonly samples: number;
}

/** Four tables of 256: what a byte does to the sum when 0, 1, 2 or 3 others follow it. */
const CRC_TABLE = new Uint32Array(4 * 256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  CRC_TABLE[n] = c;
}
for (let n = 256; n < CRC_TABLE.length; n++) {
  const before = CRC_TABLE[n - 256] ?? 0;
  CRC_TABLE[n] = (before >>> 8) ^ (CRC_TABLE[before & 255] ?? 0);
}

export function crc32(bytes: Uint8Array): number {
  const table = CRC_TABLE;
  const whole = bytes.length & ~3;
  let crc = -1;
  for (let i = 0; i < whole; i += 4) {
    crc ^=
      (bytes[i] ?? 0) |
      ((bytes[i + 1] ?? 0) << 8) |
      ((bytes[i + 2] ?? 0) << 16) |
      ((bytes[i + 3] ?? 0) << 24);
    crc =
      (table[768 + (crc & 255)] ?? 0) ^
      (table[512 + ((crc >>> 8) & 255)] ?? 0) ^
      (table[256 + ((crc >>> 16) & 255)] ?? 0) ^
      (table[crc >>> 24] ?? 0);
  }
  for (let i = whole; i < bytes.length; i++)
    crc = (table[(crc ^ (bytes[i] ?? 0)) & 255] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** A whole block of `parts`. */
export function block(tag: number, samples: number, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(BLOCK_HEAD_BYTES + length);
  let at = BLOCK_HEAD_BYTES;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const head = new Uint32Array(bytes.buffer, 0, 4);
  head.set([tag, length, crc32(bytes.subarray(BLOCK_HEAD_BYTES)), samples]);
  return bytes;
}

export function blockHead(bytes: Uint8Array): BlockHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, BLOCK_HEAD_BYTES);
  const [tag, length, crc, samples] = [0, 4, 8, 12].map((at) => view.getUint32(at, true));
  return { tag: tag ?? 0, bytes: length ?? 0, crc: crc ?? 0, samples: samples ?? 0 };
}

export function trailer(endAt: number): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  bytes.set(new TextEncoder().encode(TRAILER_MARK));
  new DataView(bytes.buffer).setFloat64(8, endAt, true);
  return bytes;
}

/** Bytes of a typed array. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
