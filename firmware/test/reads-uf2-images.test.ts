import { describe, expect, it } from '@jest/globals';
import { readImage } from '../src/index.js';
import { caught } from './caught.js';
import { type BlockSpec, filled, noteBytes, RP2040_FAMILY, uf2Image } from './image-builders.js';

const first: BlockSpec = { address: 0x10000000, payload: filled(256) };
const second: BlockSpec = { address: 0x10000100, payload: filled(256) };

describe('a UF2 image', () => {
  it('is described by merged ranges and its family', () => {
    expect(readImage(uf2Image([first, second]))).toMatchObject({
      format: 'uf2',
      familyId: RP2040_FAMILY,
      segments: [{ address: 0x10000000, sizeBytes: 512 }],
    });
  });

  it('has no family when its blocks name none', () => {
    const file = uf2Image([{ ...first, flags: 0, familyId: 512 }]);
    expect(readImage(file)).not.toHaveProperty('familyId');
  });

  it('names its target by a note that is cut across blocks', () => {
    const bytes = Buffer.concat([filled(240), noteBytes('RASPBERRY_PI_PICO'), filled(240)]);
    const file = uf2Image([
      { ...first, payload: bytes.subarray(0, 256) },
      { ...second, payload: bytes.subarray(256, 512) },
    ]);
    expect(readImage(file).targetName).toBe('RASPBERRY_PI_PICO');
  });

  it('may hold blocks that are not for flash', () => {
    const comment = { address: 0, payload: filled(10), flags: 0x2001 };
    expect(readImage(uf2Image([first, comment])).segments).toMatchObject([
      { address: 0x10000000, sizeBytes: 256 },
    ]);
  });

  it('may start with the extra block of RP2350 tools', () => {
    const extra = { address: 0x10ffff00, payload: filled(256, 0xef), number: 0, count: 2 };
    const file = Buffer.concat([
      uf2Image([{ ...extra, familyId: 0xe48bff57 }]),
      uf2Image([
        { ...first, familyId: 0xe48bff59 },
        { ...second, familyId: 0xe48bff59 },
      ]),
    ]);
    expect(readImage(file)).toMatchObject({
      familyId: 0xe48bff59,
      segments: [{ address: 0x10000000, sizeBytes: 512 }],
    });
  });
});

describe('a broken UF2 image', () => {
  it('says which block is wrong', () => {
    const error = caught(uf2Image([first, { ...second, number: 5 }]));
    expect(error.message).toContain('block 5 is where block 1 belongs');
    expect(error).toMatchObject({ code: 'image_broken', format: 'uf2', offset: 512 + 20 });
  });

  it.each([
    [
      'blocks in the wrong order',
      uf2Image([
        { ...first, number: 1 },
        { ...second, number: 0 },
      ]),
    ],
    ['a count that is too large', uf2Image([{ ...first, count: 0xffffffff }])],
    ['a missing last block', uf2Image([first, second]).subarray(0, 512)],
    ['a cut block', uf2Image([first, second]).subarray(0, 700)],
    ['nothing but its first magic number', Buffer.from('UF2\n')],
    [
      'other bytes at an address that is taken',
      uf2Image([first, { ...first, payload: filled(256, 1) }]),
    ],
    ['an address beyond the last one', uf2Image([{ ...first, address: 0xffffff80 }])],
    ['no data', uf2Image([{ ...first, payload: filled(0) }])],
  ])('is refused: %s', (_, file) => {
    expect(caught(file)).toMatchObject({ code: 'image_broken', format: 'uf2' });
  });

  it.each([
    ['the second magic number', 4],
    ['the payload size', 16],
    ['the last magic number', 508],
  ])('is refused: damage in %s', (_, offset) => {
    const file = uf2Image([first]);
    file.writeUInt32LE(0xffffffff, offset);
    expect(caught(file).offset).toBe(offset);
  });
});

describe('an unsupported UF2 image', () => {
  it.each([
    ['two families', uf2Image([first, { ...second, familyId: 1 }])],
    [
      'two files in one',
      Buffer.concat([uf2Image([first, second]), uf2Image([{ ...first, familyId: 1 }])]),
    ],
    ['files instead of flash', uf2Image([{ ...first, flags: 0x3000 }])],
  ])('is refused: %s', (_, file) => {
    expect(caught(file).code).toBe('image_unsupported');
  });
});
