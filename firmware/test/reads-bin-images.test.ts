import { describe, expect, it } from '@jest/globals';
import { readImage } from '../src/index.js';
import { caught } from './caught.js';
import { bytesOf, filled, noteBytes, vectorImage } from './image-builders.js';

describe('a BIN image', () => {
  it('with a vector table is one for Arm, with its reset vector as entry', () => {
    const file = vectorImage(0x20020000, 0x08000101, noteBytes('K64F'));
    expect(readImage(file)).toMatchObject({
      format: 'bin',
      machine: 'arm',
      entry: 0x08000101,
      targetName: 'K64F',
      segments: [{ address: 0, sizeBytes: file.length }],
    });
  });

  it.each([
    ['the stack is not in RAM', vectorImage(0x08000000, 0x101)],
    ['the stack is not aligned', vectorImage(0x20000002, 0x101)],
    ['the reset vector is not Thumb code', vectorImage(0x20001000, 0x100)],
    ['the reset vector is in a peripheral', vectorImage(0x20001000, 0x40004001)],
    ['the flash was erased', filled(256, 0xff)],
    ['there is only one byte', bytesOf(0)],
  ])('is accepted without an entry when %s', (_, file) => {
    const info = readImage(file);
    expect(info.format).toBe('bin');
    expect(info).not.toHaveProperty('entry');
    expect(info).not.toHaveProperty('machine');
  });

  it('is broken when it is empty', () => {
    expect(caught(bytesOf())).toMatchObject({ code: 'image_broken', format: 'bin', offset: 0 });
  });

  it.each([
    ['a gzip archive', '\x1f\x8b\x08\x00'],
    ['a zip archive', 'PK\x03\x04'],
    ['a library', '!<arch>\nmain.o'],
    ['a web page', '<!DOCTYPE html>'],
    ['an S-record file', 'S00F000068656C6C6F'],
  ])('is unsupported when it is %s', (what, head) => {
    const error = caught(Buffer.from(head, 'latin1'));
    expect(error.code).toBe('image_unsupported');
    expect(error.message).toContain(what);
  });
});
