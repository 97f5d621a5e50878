import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  CONSOLE_LOG_HEADER_BYTES,
  ConsoleLogDecoder,
  type ConsoleRecord,
  encodeLogHeader,
  encodeRecordHeader,
  MAX_RECORD_BYTES,
} from '../src/console-log.js';

const record = fc.record({
  deltaUs: fc.nat({ max: 2 ** 31 - 1 }),
  direction: fc.constantFrom('rx' as const, 'tx' as const),
  bytes: fc.uint8Array({ maxLength: 400 }),
});

function encode(
  wallMs: number,
  records: { deltaUs: number; direction: 'rx' | 'tx'; bytes: Uint8Array }[],
): Uint8Array {
  const parts: Uint8Array[] = [encodeLogHeader(wallMs)];
  for (const r of records)
    parts.push(encodeRecordHeader(r.deltaUs, r.direction, r.bytes.length), r.bytes);
  return new Uint8Array(Buffer.concat(parts));
}

function decodeInPieces(
  log: Uint8Array,
  cuts: readonly number[],
): { records: ConsoleRecord[]; wallMs: number | undefined } {
  const decoder = new ConsoleLogDecoder();
  const records: ConsoleRecord[] = [];
  let at = 0;
  for (const cut of [...cuts, log.length]) {
    const end = Math.min(Math.max(at, cut), log.length);
    records.push(...decoder.push(log.subarray(at, end)));
    at = end;
  }
  return { records, wallMs: decoder.wallMs };
}

describe('the console log', () => {
  it('gives back every byte, direction and time, however the file is cut', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 42 }),
        fc.array(record, { maxLength: 20 }),
        fc.array(fc.nat({ max: 9000 })),
        (wallMs, list, cuts) => {
          const log = encode(wallMs, list);
          const read = decodeInPieces(
            log,
            [...cuts].sort((a, b) => a - b),
          );
          let atUs = 0;
          const expected = list.map((r) => {
            atUs += r.deltaUs;
            return { atUs, direction: r.direction, bytes: [...r.bytes] };
          });
          expect(read.wallMs).toBe(wallMs);
          expect(read.records.map((r) => ({ ...r, bytes: [...r.bytes] }))).toEqual(expected);
        },
      ),
    );
  });

  it('reads a log that was cut short up to its last whole record', () => {
    const log = encode(1, [
      { deltaUs: 5, direction: 'rx', bytes: Buffer.from('whole') },
      { deltaUs: 5, direction: 'rx', bytes: Buffer.from('torn') },
    ]);
    const { records } = decodeInPieces(log.subarray(0, log.length - 1), []);
    expect(records.map((r) => Buffer.from(r.bytes).toString())).toEqual(['whole']);
  });

  it('never fails with anything but a RangeError on damaged bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (junk, withHeader) => {
        const log = withHeader ? Buffer.concat([encodeLogHeader(7), junk]) : junk;
        try {
          new ConsoleLogDecoder().push(log);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });

  it('refuses a record length that would ask for memory', () => {
    expect(() => encodeRecordHeader(0, 'rx', MAX_RECORD_BYTES + 1)).toThrow(RangeError);
    const evil = Buffer.concat([
      encodeLogHeader(0),
      Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ]);
    expect(() => new ConsoleLogDecoder().push(evil)).toThrow(/record of/);
  });

  it('names a file that is no console log', () => {
    expect(() => new ConsoleLogDecoder().push(Buffer.from('PK\x03\x04'))).toThrow(
      /not a console log/,
    );
    expect(encodeLogHeader(0)).toHaveLength(CONSOLE_LOG_HEADER_BYTES);
  });
});
