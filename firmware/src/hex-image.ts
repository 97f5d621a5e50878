import { HexReader, type HexRecord } from './hex-record.js';
import type { ImageBytes } from './image-bytes.js';
import type { ParsedImage } from './load-range.js';
import { RangeBuilder } from './range-builder.js';

const RECORD_DATA = 0;
const RECORD_END = 1;
const RECORD_SEGMENT_BASE = 2;
const RECORD_SEGMENT_START = 3;
const RECORD_LINEAR_BASE = 4;
const RECORD_LINEAR_START = 5;

/** Bytes of payload that each addressing record must have. */
const PAYLOAD_BYTES: Readonly<Record<number, number>> = {
  [RECORD_END]: 0,
  [RECORD_SEGMENT_BASE]: 2,
  [RECORD_SEGMENT_START]: 4,
  [RECORD_LINEAR_BASE]: 2,
  [RECORD_LINEAR_START]: 4,
};

interface HexState {
  readonly file: ImageBytes;
  readonly builder: RangeBuilder;
  base: number;
  entry: number | undefined;
  ended: boolean;
}

/** Reads Intel HEX, all record types. @param start - offset of the first record */
export function parseHex(file: ImageBytes, start: number): ParsedImage {
  const builder = new RangeBuilder(file, Math.ceil(file.size / 2));
  const state: HexState = { file, builder, base: 0, entry: undefined, ended: false };
  const reader = new HexReader(file, start);
  for (let record = reader.next(); record; record = reader.next()) {
    apply(state, record);
  }
  if (!state.ended) {
    throw file.broken(file.size, 'it has no end record, so its last lines are missing');
  }
  return { ranges: builder.ranges(), ...(state.entry !== undefined && { entry: state.entry }) };
}

function apply(state: HexState, record: HexRecord): void {
  checkRecord(state, record);
  const value = bigEndian(record.data);
  switch (record.type) {
    case RECORD_DATA:
      appendData(state, record);
      break;
    case RECORD_END:
      state.ended = true;
      break;
    case RECORD_SEGMENT_BASE:
      state.base = value * 16;
      break;
    case RECORD_SEGMENT_START:
      // CS:IP of real mode; nothing but old converters writes it for a flat 20-bit address.
      state.entry = Math.floor(value / 0x10000) * 16 + (value % 0x10000);
      break;
    case RECORD_LINEAR_BASE:
      state.base = value * 0x10000;
      break;
    default:
      state.entry = value;
  }
}

function checkRecord(state: HexState, record: HexRecord): void {
  if (state.ended) {
    throw state.file.broken(record.offset, `line ${record.line} comes after the end record`);
  }
  if (record.type > RECORD_LINEAR_START) {
    const what = `line ${record.line} has record type ${record.type}, which Intel HEX does not know`;
    throw state.file.unsupported(record.offset, what, 'Upload the image of one board only.');
  }
  const expected = PAYLOAD_BYTES[record.type];
  if (expected !== undefined && record.data.length !== expected) {
    const what = `line ${record.line} has ${record.data.length} data bytes instead of ${expected}`;
    throw state.file.broken(record.offset, what);
  }
}

function appendData(state: HexState, record: HexRecord): void {
  if (record.data.length > 0) {
    state.builder.append(state.base + record.address, record.data, record.offset);
  }
}

/** Meaningful for the addressing records, which have at most four bytes. */
function bigEndian(data: Uint8Array): number {
  return data.length > 4 ? 0 : data.reduce((value, byte) => value * 256 + byte, 0);
}
