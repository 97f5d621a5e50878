/*
 * Console log file, `.grlog`: every byte of a console with its time, so that any attempt can be replayed.
 *
 *   header  "GRLOG1\r\n" (8 bytes)  wall clock of the start in ms since 1970 (8 bytes, big-endian)
 *   record  varint  microseconds since the previous record (the first: since the start)
 *           varint  length << 1 | direction      direction 0: board → host, 1: host → board
 *           bytes   as they came from the port, cut wherever the read was cut
 *
 * Times come from a monotonic clock; the wall clock in the header anchors them. Records are appended and never
 * changed, so a prefix of a file is a valid log once the last, possibly cut record is left out.
 */
const MAGIC = [0x47, 0x52, 0x4c, 0x4f, 0x47, 0x31, 0x0d, 0x0a];
export const CONSOLE_LOG_HEADER_BYTES = 16;
/** Longest payload of one record; a reader refuses more, so a damaged length cannot ask for memory. */
export const MAX_RECORD_BYTES = 1024 * 1024;

export type ConsoleDirection = 'rx' | 'tx';
export interface ConsoleRecord {
  /** Microseconds since the start of the log. */
  readonly atUs: number;
  readonly direction: ConsoleDirection;
  readonly bytes: Uint8Array;
}

/** The first bytes of a log that starts at `wallMs`. */
export function encodeLogHeader(wallMs: number): Uint8Array {
  const header = new Uint8Array(CONSOLE_LOG_HEADER_BYTES);
  header.set(MAGIC);
  new DataView(header.buffer).setBigUint64(8, BigInt(Math.max(0, Math.trunc(wallMs))));
  return header;
}

function putVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  let pos = at;
  while (rest >= 0x80) {
    out[pos++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  out[pos++] = rest;
  return pos;
}

/** Bytes that stand before the payload of a record. `deltaUs` counts from the record before. */
export function encodeRecordHeader(
  deltaUs: number,
  direction: ConsoleDirection,
  length: number,
): Uint8Array {
  if (length > MAX_RECORD_BYTES)
    throw new RangeError(`record of ${length} bytes is over ${MAX_RECORD_BYTES}`);
  const out = new Uint8Array(16);
  const afterDelta = putVarint(out, 0, Math.max(0, Math.trunc(deltaUs)));
  return out.subarray(0, putVarint(out, afterDelta, length * 2 + (direction === 'tx' ? 1 : 0)));
}

/** Reads a log that arrives in pieces, cut anywhere. */
export class ConsoleLogDecoder {
  #pending = new Uint8Array(0);
  #atUs = 0;
  #wallMs: number | undefined;

  /** Wall clock of the start, once the header has been read. */
  get wallMs(): number | undefined {
    return this.#wallMs;
  }

  /**
   * Takes the next piece and returns the records completed by it.
   * @throws RangeError when the bytes are no console log.
   */
  push(piece: Uint8Array): ConsoleRecord[] {
    const data = this.#pending.length === 0 ? piece : concat(this.#pending, piece);
    const records: ConsoleRecord[] = [];
    let pos = this.#wallMs === undefined ? this.#readHeader(data) : 0;
    while (this.#wallMs !== undefined) {
      const next = this.#readRecord(data, pos, records);
      if (next === pos) break;
      pos = next;
    }
    this.#pending = data.slice(pos);
    return records;
  }

  #readHeader(data: Uint8Array): number {
    const known = Math.min(data.length, MAGIC.length);
    for (let i = 0; i < known; i++)
      if (data[i] !== MAGIC[i]) throw new RangeError('not a console log: wrong magic');
    if (data.length < CONSOLE_LOG_HEADER_BYTES) return 0;
    this.#wallMs = Number(new DataView(data.buffer, data.byteOffset).getBigUint64(8));
    return CONSOLE_LOG_HEADER_BYTES;
  }

  #readRecord(data: Uint8Array, start: number, records: ConsoleRecord[]): number {
    const delta = getVarint(data, start);
    const head = delta && getVarint(data, delta.next);
    if (!delta || !head) return start;
    const length = Math.floor(head.value / 2);
    if (length > MAX_RECORD_BYTES)
      throw new RangeError(`damaged console log: record of ${length} bytes`);
    if (data.length < head.next + length) return start;
    this.#atUs += delta.value;
    const bytes = data.slice(head.next, head.next + length);
    records.push({ atUs: this.#atUs, direction: head.value % 2 === 1 ? 'tx' : 'rx', bytes });
    return head.next + length;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Longest varint we accept: 7 bytes hold 49 bits, enough for 17 years of microseconds. */
const MAX_VARINT_BYTES = 7;

function getVarint(data: Uint8Array, start: number): { value: number; next: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = data[start + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: start + i + 1 };
    scale *= 0x80;
  }
  throw new RangeError('damaged console log: number too long');
}
