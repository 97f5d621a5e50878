import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundedLines, MAX_LINE_CHARS } from '../../src/python-host-test/bounded-lines.js';

async function linesOf(chunks: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of boundedLines(Readable.from(chunks))) lines.push(line);
  return lines;
}

describe('lines of a child', () => {
  it('are the same however they are cut', async () => {
    const texts = fc.array(
      fc.array(fc.constantFrom('a', 'ö', '\n', '{}', '\r')).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (chunks) => {
        expect(await linesOf(chunks)).toEqual(chunks.join('').split('\n').slice(0, -1));
      }),
    );
  });

  it.each([
    ['with its end', ['x'.repeat(MAX_LINE_CHARS), 'x\n']],
    ['without an end', ['x'.repeat(MAX_LINE_CHARS), 'x']],
  ])('are refused when one is too long, %s', async (_, chunks) => {
    await expect(linesOf(chunks)).rejects.toThrow(`more than ${MAX_LINE_CHARS} characters`);
  });

  it('may be as long as the limit', async () => {
    expect(await linesOf(['x'.repeat(MAX_LINE_CHARS), '\n'])).toHaveLength(1);
  });
});
