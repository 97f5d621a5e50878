import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readImage } from '../src/index.js';
import { caught } from './caught.js';
import { bytesOf, ELF_HEADER, elfImage, filled, noteBytes } from './image-builders.js';

const program = { address: 0, bytes: filled(256) };

/** Changes one number of a sound image. */
function patched(change: (file: Buffer) => void): Buffer {
  const file = elfImage([program]);
  change(file);
  return file;
}

describe('an ELF image', () => {
  it('is described by its load segments, sections, entry and digest', () => {
    const file = elfImage([program, { address: 0x400, bytes: filled(16), flags: 6 }]);
    expect(readImage(file)).toEqual({
      format: 'elf',
      sizeBytes: file.length,
      sha256: createHash('sha256').update(file).digest('hex'),
      machine: 'arm',
      entry: 0x101,
      segments: [
        { address: 0, sizeBytes: 256, flags: 'rx', head: [0xa5a5a5a5, 0xa5a5a5a5] },
        { address: 0x400, sizeBytes: 16, flags: 'rw', head: [0xa5a5a5a5, 0xa5a5a5a5] },
      ],
      sections: [{ name: '.shstrtab', address: 0, sizeBytes: 11 }],
    });
  });

  it('has neighbouring segments of the same kind merged, in the order of addresses', () => {
    const upper = { address: 0x100, bytes: filled(32) };
    expect(readImage(elfImage([upper, program])).segments).toMatchObject([
      { address: 0, sizeBytes: 0x120, flags: 'rx' },
    ]);
  });

  it('names its target by the note in a note segment', () => {
    const note = { address: 0, bytes: noteBytes('FVP_MPS2_M3'), type: 4 };
    expect(readImage(elfImage([program, note])).targetName).toBe('FVP_MPS2_M3');
  });

  it('names its target by a note inside the loaded bytes', () => {
    const bytes = Buffer.concat([filled(8), noteBytes('ARM_CM3DS_MPS2')]);
    expect(readImage(elfImage([{ address: 0, bytes }])).targetName).toBe('ARM_CM3DS_MPS2');
  });

  it.each([
    ['of another owner', noteBytes('K64F', 'Greenhouse')],
    ['of another type', noteBytes('K64F', 'Greenrack', 2)],
    ['with a name that is no target', noteBytes('K64F; rm')],
    ['that is cut', noteBytes('FVP_MPS2_M3').subarray(0, 28)],
    ['without a header', noteBytes('K64F').subarray(12)],
  ])('has no target when the note is one %s', (_, bytes) => {
    expect(readImage(elfImage([{ address: 0, bytes }]))).not.toHaveProperty('targetName');
  });

  it('for another machine is named, not refused', () => {
    expect(readImage(patched((file) => file.writeUInt16LE(243, 18))).machine).toBe('riscv');
    expect(readImage(patched((file) => file.writeUInt16LE(999, 18))).machine).toBe('em-999');
  });

  it('without a section table is read all the same', () => {
    const info = readImage(patched((file) => file.writeUInt32LE(0, 32)));
    expect(info).not.toHaveProperty('sections');
    expect(info.segments).toHaveLength(1);
  });
});

describe('a broken ELF image', () => {
  it('says what is wrong, where, and what to do', () => {
    const error = caught(patched((file) => file.writeUInt32LE(0x7fff0000, ELF_HEADER + 4)));
    expect(error.message).toBe(
      'app: broken ELF file at byte 0x1af: segment 0 (0x7fff0000 + 0x100) ends after the file, ' +
        'which has 0x1af bytes. Build the image again, or upload it again if it was cut on its way.',
    );
    expect(error).toMatchObject({ code: 'image_broken', format: 'elf', offset: 0x1af });
  });

  it.each<[string, (file: Buffer) => void]>([
    ['a program table behind the end', (file) => file.writeUInt32LE(0xffffffe0, 28)],
    ['more program headers than fit', (file) => file.writeUInt16LE(0xfffe, 44)],
    ['a wrong size of program headers', (file) => file.writeUInt16LE(8, 42)],
    ['a section table behind the end', (file) => file.writeUInt32LE(0xfffffff0, 32)],
    ['a wrong size of section headers', (file) => file.writeUInt16LE(0, 46)],
    ['names in a section that is not there', (file) => file.writeUInt16LE(7, 50)],
    ['names in a section without strings', (file) => file.writeUInt16LE(0, 50)],
    ['a section behind the end', (file) => file.writeUInt32LE(0xffffffff, file.length - 24)],
    ['a section name behind the end', (file) => file.writeUInt32LE(0xffffffff, file.length - 40)],
    ['a segment longer than its memory', (file) => file.writeUInt32LE(1, ELF_HEADER + 20)],
    [
      'a segment beyond the last address',
      (file) => file.writeUInt32LE(0xffffff80, ELF_HEADER + 12),
    ],
    ['nothing to load', (file) => file.writeUInt16LE(0, 44)],
  ])('is refused: %s', (_, change) => {
    expect(caught(patched(change)).code).toBe('image_broken');
  });

  it('is refused when segments overlap', () => {
    const error = caught(elfImage([program, { address: 0x80, bytes: filled(16) }]));
    expect(error.message).toContain('two parts are loaded to the same address 0x80');
  });

  it('is refused when many headers multiply the same bytes', () => {
    const segments = Array.from({ length: 200 }, (_, i) => ({
      address: i << 16,
      bytes: bytesOf(),
    }));
    const file = elfImage([...segments, { address: 0x7f000000, bytes: filled(4096) }]);
    for (let i = 0; i < 200; i++) {
      file.writeUInt32LE(4096, ELF_HEADER + i * 32 + 16);
      file.writeUInt32LE(4096, ELF_HEADER + i * 32 + 20);
    }
    expect(caught(file).message).toContain('out of');
  });

  it('is refused at every length it can be cut to', () => {
    const file = elfImage([program]);
    for (let size = 4; size < file.length; size++) {
      expect(caught(file.subarray(0, size)).format).toBe('elf');
    }
  });
});

describe('an unsupported ELF image', () => {
  it.each<[string, (file: Buffer) => void]>([
    ['64 bits', (file) => file.writeUInt8(2, 4)],
    ['big-endian', (file) => file.writeUInt8(2, 5)],
    ['an object file', (file) => file.writeUInt16LE(1, 16)],
    ['an escaped section count', (file) => file.writeUInt16LE(0xffff, 48)],
  ])('is refused: %s', (_, change) => {
    expect(caught(patched(change)).code).toBe('image_unsupported');
  });

  it('is refused when it fills thousands of separate ranges', () => {
    const one = bytesOf(1);
    const segments = Array.from({ length: 5000 }, (_, i) => ({ address: i * 2, bytes: one }));
    expect(caught(elfImage(segments)).code).toBe('image_unsupported');
  });
});
