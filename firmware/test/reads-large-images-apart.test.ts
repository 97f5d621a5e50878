import { describe, expect, it } from '@jest/globals';
import { ImageFormatError, readImage, readImageApart } from '../src/index.js';
import { filled, HEX_END, hexImage, hexLine } from './image-builders.js';

/** Larger than what is read at once, of records that take the longest per byte. */
function largeHex(end: readonly string[]): Uint8Array {
  const empty = `${hexLine(0, 0, filled(0))}\n`.repeat(60_000);
  return hexImage(hexLine(0, 0x100, filled(16)), empty, ...end);
}

describe('a large image read apart', () => {
  it('is described like any other', async () => {
    const info = readImage(largeHex([HEX_END]), 'app');
    expect(await readImageApart(largeHex([HEX_END]), 'app')).toEqual(info);
  });

  it('is refused with the same error', async () => {
    const error = await readImageApart(largeHex([]), 'app').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ImageFormatError);
    expect(error).toMatchObject({ code: 'image_broken', format: 'hex' });
    expect((error as Error).message).toMatch(/^app: .*no end record/);
  });

  it('is taken over by the thread, and not copied', async () => {
    const file = largeHex([HEX_END]);
    await readImageApart(file);
    expect(file).toHaveLength(0);
  });

  it('is copied when its bytes are a part of more', async () => {
    const file = largeHex([HEX_END]);
    const part = new Uint8Array(file.length + 1).subarray(0, file.length);
    part.set(file);
    expect(await readImageApart(part, 'app')).toEqual(readImage(part, 'app'));
  });

  it('leaves the thread that asks free meanwhile', async () => {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    await readImageApart(largeHex([HEX_END]));
    expect(turned).toBe(true);
  });
});
