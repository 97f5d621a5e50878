import { describe, expect, it } from '@jest/globals';
import { readImage } from '../src/index.js';
import { caught } from './caught.js';
import {
  bytesOf,
  filled,
  HEX_END,
  hexData,
  hexImage,
  hexLine,
  hexText,
  noteBytes,
} from './image-builders.js';

const line = hexLine(0, 0x100, filled(16));

describe('a HEX image', () => {
  it('is described by merged ranges and its start address', () => {
    const file = hexImage(
      ...hexData(0x0800fff0, filled(64)),
      ...hexData(0x08020000, filled(5)),
      hexLine(5, 0, bytesOf(8, 0, 1, 1)),
      HEX_END,
    );
    expect(readImage(file)).toMatchObject({
      format: 'hex',
      entry: 0x08000101,
      segments: [
        { address: 0x0800fff0, sizeBytes: 64 },
        { address: 0x08020000, sizeBytes: 5 },
      ],
    });
  });

  it('continues over a base record without a seam', () => {
    const lines = hexData(0x0800fff0, filled(32));
    expect(lines).toHaveLength(4);
    expect(readImage(hexImage(...lines, HEX_END)).segments).toEqual([
      { address: 0x0800fff0, sizeBytes: 32 },
    ]);
  });

  it('tells the first words of a range that a vector table could begin', () => {
    const table = bytesOf(0, 0, 0x40, 0x20, 0x01, 0x01, 0, 0);
    const file = hexImage(...hexData(0x400080, table), ...hexData(0x400104, table), HEX_END);
    expect(readImage(file).segments).toEqual([
      { address: 0x400080, sizeBytes: 8, head: [0x20400000, 0x101] },
      { address: 0x400104, sizeBytes: 8 },
    ]);
  });

  it('tells which words it holds, also where they are cut across lines', () => {
    const text = Buffer.from('..............timing_drift_auto\0rtc', 'latin1');
    const file = hexImage(...hexData(0x400, text), HEX_END);
    const words = ['timing_drift_auto', 'drift_auto', 'rtc', 'echo'];
    // As C has them: the end of a string of C is one too, what goes on is not.
    expect(readImage(file, 'a.hex', words).mentions).toEqual(['timing_drift_auto', 'drift_auto']);
    expect(readImage(file).mentions).toBeUndefined();
  });

  it('understands segment records', () => {
    const base = hexLine(2, 0, bytesOf(0x12, 0x34));
    const start = hexLine(3, 0, bytesOf(0x12, 0x34, 0x00, 0x05));
    expect(readImage(hexImage(base, line, start, HEX_END))).toMatchObject({
      entry: 0x12345,
      segments: [{ address: 0x12440, sizeBytes: 16 }],
    });
  });

  it('may be unordered, in lower case, with blank lines, a mark and any line ending', () => {
    const text = `\xef\xbb\xbf\n\n${hexLine(0, 0x10, filled(16)).toLowerCase()}\r${hexLine(0, 0, filled(16))}  \n\n${HEX_END}`;
    const info = readImage(Buffer.from(text, 'latin1'));
    expect(info.segments).toMatchObject([{ address: 0, sizeBytes: 32 }]);
  });

  it('names its target by a note that is cut across lines', () => {
    const bytes = Buffer.concat([filled(20), noteBytes('FVP_MPS2_M3'), filled(7)]);
    expect(readImage(hexImage(...hexData(0, bytes), HEX_END)).targetName).toBe('FVP_MPS2_M3');
  });

  it('may leave four gigabytes between its parts without costing memory', () => {
    const before = process.memoryUsage().arrayBuffers;
    const file = hexImage(...hexData(0, filled(1)), ...hexData(0xffffffff, filled(1)), HEX_END);
    expect(readImage(file).segments).toEqual([
      { address: 0, sizeBytes: 1 },
      { address: 0xffffffff, sizeBytes: 1 },
    ]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });
});

describe('a HEX image as tools leave it', () => {
  const plain = readImage(hexImage(line, HEX_END)).segments;

  it('may end with the end mark of DOS', () => {
    const file = Buffer.concat([hexImage(line, HEX_END), Buffer.from('\x1a\r\n')]);
    expect(readImage(file).segments).toEqual(plain);
  });

  it('may hold the same bytes twice', () => {
    expect(readImage(hexImage(line, line, HEX_END)).segments).toEqual(plain);
  });

  it('may hold parts that overlap with the same bytes', () => {
    const bytes = bytesOf(...Array.from({ length: 48 }, (_, i) => i));
    const part = (from: number, to: number) => hexLine(0, from, bytes.subarray(from, to));
    const file = hexImage(
      part(16, 48),
      part(0, 24),
      part(8, 20),
      part(20, 48),
      part(0, 8),
      HEX_END,
    );
    const info = readImage(file);
    expect(info.segments).toMatchObject([{ address: 0, sizeBytes: 48 }]);
  });
});

describe('a broken HEX image', () => {
  it('names the line that does not belong there', () => {
    expect(caught(hexImage('', '; built on Monday', line, HEX_END)).message).toContain(
      'line 2 does not start with a colon',
    );
  });

  it('says which line is wrong', () => {
    const bad = `${line.slice(0, -2)}00`;
    const error = caught(hexImage(line, '', bad, HEX_END));
    expect(error.message).toContain('the checksum of line 3 is wrong');
    expect(error).toMatchObject({ code: 'image_broken', format: 'hex', offset: line.length + 4 });
  });

  it.each([
    ['no end record', hexImage(line)],
    ['a line after the end record', hexImage(line, HEX_END, hexLine(0, 0x200, filled(1)))],
    ['a cut line', hexImage(line, HEX_END).subarray(0, 20)],
    ['a lone colon', Buffer.from(':')],
    ['a letter that is no digit', Buffer.from(`${line.replace('A5', 'G5')}\n${HEX_END}`)],
    ['text between the lines', hexImage(line, 'hello', HEX_END)],
    ['an address record of the wrong size', hexImage(hexLine(4, 0, filled(3)), HEX_END)],
    ['an end record with data', hexImage(line, hexLine(1, 0, filled(1)))],
    [
      'other bytes at an address that is taken',
      hexImage(line, hexLine(0, 0x104, filled(4, 0x11)), HEX_END),
    ],
    ['a line of words in front', hexImage('; built on Monday', line, HEX_END)],
    ['no data', hexImage(HEX_END)],
    ['data beyond the last address', hexImage(...hexData(0xfffffff8, filled(16)), HEX_END)],
  ])('is refused: %s', (_, file) => {
    expect(caught(file)).toMatchObject({ code: 'image_broken', format: 'hex' });
  });
});

describe('an unsupported HEX image', () => {
  it('is refused when it has records for several boards', () => {
    expect(caught(hexImage(hexLine(0x0a, 0, filled(4)), line, HEX_END)).code).toBe(
      'image_unsupported',
    );
  });

  it('is refused when its data are scattered over thousands of ranges', () => {
    const lines = Array.from({ length: 5000 }, (_, i) => hexLine(0, i * 3, bytesOf(1)));
    expect(caught(hexImage(...lines, HEX_END)).code).toBe('image_unsupported');
  });

  it('is refused when it jumps without end', () => {
    const lines: string[] = [];
    for (let i = 0; i < 70_000; i++) {
      lines.push(hexLine(0, (i * 7) & 0xffff, bytesOf(1)));
    }
    expect(caught(hexText([...lines, HEX_END])).message).toContain('jumps between addresses');
  });
});
