import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ImageFormatError, readFootprint, readFootprintApart } from '../src/index.js';
import { elfImage, HEX_END, hexData, hexImage } from './image-builders.js';

const PATH = join(import.meta.dirname, '../../build/firmware/FVP_MPS2_M3/rtos_switch.elf');
let image: Buffer;
beforeAll(() => {
  if (!existsSync(PATH)) throw new Error(`${PATH} is missing: npm run build:firmware`);
  image = readFileSync(PATH);
});

describe('the footprint of an image', () => {
  it('is what binutils say of it', () => {
    const lines = execFileSync('arm-none-eabi-size', [PATH], { encoding: 'utf8' }).split('\n');
    const [text = 0, data = 0, bss = 0] = (lines[1] ?? '').trim().split(/\s+/).map(Number);
    const { flashBytes, ramBytes } = readFootprint(image);
    expect([flashBytes, ramBytes]).toEqual([text + data, data + bss]);
  });

  it('names functions and objects with their sources, global ones too', () => {
    const { symbols } = readFootprint(image);
    const of = (wanted: string) => symbols.find(({ name }) => name === wanted);
    expect(of('yield')).toEqual({ name: 'yield', module: 'main.c', section: '.text', bytes: 28 });
    expect(of('osThreadFlagsSet')).toMatchObject({ section: '.text', module: 'flags.c' });
    const inText = symbols.filter(({ section }) => section === '.text');
    expect(inText.filter(({ module }) => module === '')).toEqual([]);
    const { sections } = readFootprint(image);
    const sum = inText.reduce((total, { bytes }) => total + bytes, 0);
    expect(sum).toBeLessThanOrEqual(sections.find(({ name }) => name === '.text')?.bytes ?? 0);
  });

  it('is not told of what is no ELF file', () => {
    const hex = hexImage(...hexData(0x08000000, Buffer.alloc(64)), HEX_END);
    expect(() => readFootprint(hex)).toThrow('it is no ELF file');
  });

  it('is not told as nothing where the table of sections was stripped', () => {
    const stripped = elfImage([{ address: 0, bytes: Buffer.alloc(64) }]);
    expect(() => readFootprint(stripped)).toThrow('it names no section that takes memory');
  });

  it('is read in a thread where the image is large, and the same there', async () => {
    const large = Buffer.concat([image, Buffer.alloc(600 * 1024)]);
    expect(await readFootprintApart(Uint8Array.from(large))).toEqual(readFootprint(image));
  });

  it('is told or refused, whatever the bytes are', () => {
    const place = fc.tuple(fc.nat(image.length - 1), fc.nat(255));
    fc.assert(
      fc.property(
        fc.array(place, { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        (places, isTable) => {
          const bytes = Uint8Array.from(image);
          // Half of them where the tables are.
          const from = isTable ? 0x314b0 : 0;
          for (const [at, value] of places) bytes[from + (at % (bytes.length - from))] = value;
          try {
            readFootprint(bytes);
          } catch (error) {
            if (!(error instanceof ImageFormatError)) throw error;
          }
        },
      ),
      { numRuns: 60, seed: 11 },
    );
  });
});
