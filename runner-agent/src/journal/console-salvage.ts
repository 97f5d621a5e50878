import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { truncate } from 'node:fs/promises';
import {
  CONSOLE_LOG_HEADER_BYTES,
  ConsoleLogDecoder,
  type ConsoleRecord,
  encodeRecordHeader,
} from '@greenrack/farm-protocol';
import { isMissing } from '../storage/missing.js';

export interface SalvagedConsole {
  readonly bytes: number;
  readonly sha256: string;
  /** Time of the last record, in µs since the log began. */
  readonly lastUs: number;
}

/** Cuts a log whose writer died to its last whole record and measures what is left. A missing file is an empty log. */
export async function salvageConsole(path: string): Promise<SalvagedConsole> {
  const { bytes, lastUs } = await measure(path);
  await truncate(path, bytes).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
  return { bytes, sha256: await digest(path, bytes), lastUs };
}

async function measure(path: string): Promise<{ bytes: number; lastUs: number }> {
  const decoder = new ConsoleLogDecoder();
  let bytes = 0;
  let lastUs = 0;
  try {
    for await (const piece of createReadStream(path)) {
      for (const record of decoder.push(piece)) {
        bytes += recordBytes(record, lastUs);
        lastUs = record.atUs;
      }
    }
  } catch (error) {
    // Damaged in the middle: what was decoded before stays. A missing file has nothing.
    if (!(error instanceof RangeError || isMissing(error))) throw error;
  }
  return { bytes: decoder.wallMs === undefined ? 0 : bytes + CONSOLE_LOG_HEADER_BYTES, lastUs };
}

function recordBytes(record: ConsoleRecord, previousUs: number): number {
  const head = encodeRecordHeader(record.atUs - previousUs, record.direction, record.bytes.length);
  return head.length + record.bytes.length;
}

async function digest(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  if (bytes > 0)
    for await (const piece of createReadStream(path, { end: bytes - 1 })) hash.update(piece);
  return hash.digest('hex');
}
