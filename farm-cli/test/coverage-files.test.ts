import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readGcda, readGcno } from '../src/coverage/gcov-file.js';
import { readTar } from '../src/coverage/read-tar.js';
import { Uncounted } from '../src/coverage/uncounted.js';
import { NOTES, runCoverageImage, tarOf } from './support/coverage-image.js';

let files: Buffer[];
let gcno: Buffer;
beforeAll(async () => {
  files = [...(await runCoverageImage()).values()];
  gcno = readFileSync(join(NOTES, 'apps/coverage/ring.c.gcno'));
});

function outcome(read: () => unknown): 'read' | 'uncounted' {
  try {
    read();
    return 'read';
  } catch (error) {
    if (error instanceof Uncounted) return 'uncounted';
    throw error;
  }
}

describe('.gcda and .gcno files', () => {
  it('of one object name the same functions', () => {
    const [ring] = files.map((file) => readGcda(file));
    const notes = readGcno(gcno);
    expect(ring).toMatchObject({ version: 'B22*', stamp: notes.stamp });
    expect(ring?.functions.size).toBe(3);
    expect([...notes.functions].sort()).toEqual([...(ring?.functions ?? [])].sort());
  });

  it('are known to be damaged when bytes are missing that are no whole words', () => {
    const place = fc.record({
      file: fc.nat(1),
      at: fc.nat(),
      words: fc.nat(3),
      more: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(place, ({ file, at, words, more }) => {
        const bytes = files[file] ?? Buffer.alloc(0);
        const count = 4 * words + more;
        const from = at % (bytes.length - count);
        const cut = Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + count)]);
        expect(outcome(() => readGcda(cut))).toBe('uncounted');
      }),
      // Without these bytes, a length leads to where another record begins.
      { examples: [[{ file: 1, at: 45_508, words: 3, more: 3 }]] },
    );
  });

  it('are read or refused, whatever is in them', () => {
    const changes = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { maxLength: 20 });
    fc.assert(
      fc.property(changes, fc.nat(), (list, length) => {
        for (const [bytes, read] of [
          [files[0] ?? gcno, readGcda],
          [gcno, readGcno],
        ] as const) {
          const changed = Buffer.from(bytes).subarray(0, length % (bytes.length + 1));
          for (const { at, byte } of list)
            if (changed.length > 0) changed[at % changed.length] = byte;
          expect(['read', 'uncounted']).toContain(outcome(() => read(changed)));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of GCC 9, which counts in words and has no checksum, are read too', () => {
    const words = (...list: (number | string)[]) =>
      Buffer.concat(
        list.map((word) => {
          const bytes = Buffer.alloc(4);
          if (typeof word === 'string') bytes.write(word, 'latin1');
          else bytes.writeUInt32LE(word >>> 0);
          return bytes;
        }),
      );
    const gcda = words(
      'adcg',
      '*49A',
      7,
      0xa1000000,
      2,
      1,
      5,
      0x01000000,
      3,
      1,
      2,
      3,
      0x01a10000,
      2,
      9,
      0,
      0,
    );
    expect(readGcda(gcda)).toEqual({ version: 'A94*', stamp: 7, functions: new Set(['1/2/3']) });
    const notes = words(
      'oncg',
      '*49A',
      7,
      2,
      '/b',
      0,
      1,
      0x01000000,
      4,
      1,
      2,
      3,
      0,
      0x01410000,
      1,
      5,
    );
    expect(readGcno(notes)).toEqual({ version: 'A94*', stamp: 7, functions: new Set(['1/2/3']) });
  });
});

describe('an archive', () => {
  it('gives the files that tar has packed, however it is cut into pieces', async () => {
    const name = fc.stringMatching(/^[a-z#]{1,30}(\/[a-z#]{1,30}){0,6}$/);
    const content = fc.uint8Array({ maxLength: 1500 });
    const entries = fc.uniqueArray(fc.tuple(name, content), {
      maxLength: 4,
      selector: ([path]) => path,
    });
    await fc.assert(
      fc.asyncProperty(entries, fc.integer({ min: 1, max: 2000 }), async (list, size) => {
        const packed = list.map(([path, data], i) => [`${i}/${path}`, Buffer.from(data)] as const);
        const archive = tarOf(packed);
        async function* pieces() {
          for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
        }
        const found: [string, Buffer][] = [];
        for await (const { name: path, data } of readTar(pieces(), 2000)) found.push([path, data]);
        expect(found).toEqual(packed);
      }),
      { numRuns: 40 },
    );
  });

  it('is refused when a file in it is larger than any coverage file', async () => {
    async function* bytes() {
      yield tarOf([['big', Buffer.alloc(2001)]]);
    }
    await expect(readTar(bytes(), 2000).next()).rejects.toThrow(
      'the archive has a file of 2001 bytes',
    );
  });
});
