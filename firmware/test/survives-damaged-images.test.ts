import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ImageFormatError, type ImageInfo, readImage } from '../src/index.js';
import {
  elfImage,
  filled,
  HEX_END,
  hexData,
  hexImage,
  hexText,
  noteBytes,
  uf2Image,
  vectorImage,
} from './image-builders.js';

const note = noteBytes('FVP_MPS2_M3');
const code = Buffer.concat([filled(192), note, filled(300)]);

const SOUND: Readonly<Record<string, Buffer>> = {
  elf: elfImage([
    { address: 0, bytes: code },
    { address: 0x1000, bytes: filled(40), flags: 6 },
    { address: 0, bytes: note, type: 4 },
  ]),
  hex: hexImage(...hexData(0x08000000, code), HEX_END),
  uf2: uf2Image([
    { address: 0x10000000, payload: code.subarray(0, 256) },
    { address: 0x10000100, payload: code.subarray(256, 512) },
  ]),
  bin: vectorImage(0x20001000, 0x101, code),
};

/** Reads, tolerates a refusal, and checks what must hold of every accepted image. */
function probe(bytes: Uint8Array): void {
  try {
    expectConsistent(readImage(bytes), bytes.length);
  } catch (error) {
    if (!(error instanceof ImageFormatError)) {
      throw error;
    }
    expect(error.offset).toBeLessThanOrEqual(bytes.length);
  }
}

function expectConsistent(info: ImageInfo, size: number): void {
  let end = 0;
  let total = 0;
  for (const segment of info.segments) {
    expect(segment.address).toBeGreaterThanOrEqual(end);
    end = segment.address + segment.sizeBytes;
    total += segment.sizeBytes;
  }
  expect(end).toBeLessThanOrEqual(2 ** 32);
  expect(total).toBeLessThanOrEqual(size);
}

const edge = fc.constantFrom(0, 1, 0x7f, 0x80, 0xfe, 0xff);
const mutation = fc.record({
  position: fc.nat(0xffff),
  bytes: fc.array(fc.oneof(edge, fc.nat(255)), { minLength: 1, maxLength: 4 }),
});

function mutated(original: Buffer, changes: readonly { position: number; bytes: number[] }[]) {
  const copy = Buffer.from(original);
  for (const { position, bytes } of changes) {
    bytes.forEach((byte, i) => {
      copy[(position + i) % copy.length] = byte;
    });
  }
  return copy;
}

describe('damaged bytes end in an ImageFormatError or in a consistent description', () => {
  it.each(Object.entries(SOUND))('when a sound %s image is changed anywhere', (_, original) => {
    const changes = fc.array(mutation, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(changes, (list) => probe(mutated(original, list))),
      { numRuns: 800 },
    );
  });

  it.each(Object.entries(SOUND))('when the headers of a %s image are changed', (_, original) => {
    const near = fc.record({
      position: fc.nat(180),
      bytes: fc.array(edge, { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(near, { minLength: 1, maxLength: 4 }), (list) =>
        probe(mutated(original, list)),
      ),
      { numRuns: 800 },
    );
  });

  it.each(Object.entries(SOUND))('when a %s image is cut at every length', (_, original) => {
    for (let size = 0; size < original.length; size++) {
      probe(original.subarray(0, size));
    }
  });

  it('when random bytes follow the magic of each format', () => {
    const magic = fc.constantFrom('\x7fELF\x01\x01\x01', 'UF2\n', ':', '');
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 600 }), (head, tail) => {
        probe(Buffer.concat([Buffer.from(head, 'latin1'), tail]));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('sound bytes', () => {
  it.each(Object.entries(SOUND))(
    'give the same answer from inside a larger buffer: %s',
    (_, original) => {
      const larger = Buffer.concat([filled(13), original, filled(13)]);
      expect(readImage(larger.subarray(13, -13))).toEqual(readImage(original));
      expect(readImage(original).targetName).toBe('FVP_MPS2_M3');
    },
  );

  it('may be many: eleven megabytes of HEX are one range', () => {
    const big = hexText([...hexData(0, filled(4_000_000)), HEX_END]);
    expect(readImage(big).segments.map((s) => s.sizeBytes)).toEqual([4_000_000]);
  });
});
