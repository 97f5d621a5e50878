import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { FarmError, nearestNames, parseOrThrow, submissionSpecSchema } from '../src/index.js';

const schema = z.strictObject({
  name: z.string().max(5),
  band: z.enum(['urgent', 'high', 'normal', 'low']),
  version: z.literal(1),
  boards: z.array(z.strictObject({ serial: z.string(), model: z.string() })).min(1),
  state: z.union([
    z.enum(['PASSING', 'FLAKY']),
    z.record(z.string(), z.enum(['PASSING', 'FLAKY'])),
  ]),
  count: z.number().int().min(1),
});
const good = {
  name: 'a',
  band: 'low',
  version: 1,
  boards: [{ serial: 's', model: 'm' }],
  state: 'FLAKY',
  count: 1,
};

function complaint(change: Record<string, unknown>): string {
  try {
    parseOrThrow(schema, { ...good, ...change }, 'invalid_spec', 'file');
  } catch (error) {
    return error instanceof FarmError ? error.message : String(error);
  }
  return '';
}

describe('the wording of wrong input', () => {
  it.each([
    [{ name: undefined }, 'file: name: is missing'],
    [{ name: 5 }, 'file: name: expected text, got a number'],
    [{ name: null }, 'file: name: expected text, got nothing (null)'],
    [{ name: 'abcdef' }, 'file: name: expected at most 5 characters'],
    [{ band: undefined }, 'file: band: is missing: expected one of urgent, high, normal, low'],
    [{ band: 'hihg' }, 'file: band: expected one of urgent, high, normal, low; did you mean high?'],
    [{ version: 2 }, 'file: version: expected 1'],
    [{ boards: [] }, 'file: boards: expected at least 1 entry'],
    [{ boards: {} }, 'file: boards: expected a list, got a mapping'],
    [
      { state: 'x' },
      'file: state: expected one of PASSING, FLAKY; or expected a mapping, got text',
    ],
    [{ state: { K64F: 'x' } }, 'file: state: K64F: expected one of PASSING, FLAKY'],
    [{ count: 1.5 }, 'file: count: expected a whole number, got a number with a fraction'],
  ])('of %j is in words of its writer', (change, expected) => {
    expect(complaint(change)).toBe(expected);
  });

  it('names a misspelt field before the one that is missing because of it', () => {
    expect(complaint({ boards: [{ serial: 's', modle: 'm' }] })).toBe(
      "file: boards[0]: unknown field 'modle' (did you mean 'model'?); boards[0].model: is missing",
    );
  });

  it('names a few problems and counts the rest', () => {
    const boards = Array.from({ length: 200 }, () => ({ serial: 's' }));
    expect(complaint({ boards })).toMatch(/boards\[3\]\.model: is missing \(and 196 more\)$/);
  });

  it('says the line that a source knows', () => {
    const lineOf = (path: readonly PropertyKey[]) => path.length;
    const parse = () =>
      parseOrThrow(schema, { ...good, name: 1 }, 'invalid_spec', { name: 'f', lineOf });
    expect(parse).toThrow('f: name: expected text, got a number (line 1)');
  });

  it('never shows the library’s own words, whatever a spec holds', () => {
    const values = [null, 1, 'x', [], {}, true, 1.5];
    const fields = Object.keys(submissionSpecSchema.shape);
    for (const field of fields)
      for (const value of values) {
        const { error } = submissionSpecSchema.safeParse({
          [field]: value,
          runs: [{ image: value }],
        });
        for (const issue of error?.issues ?? [])
          expect(issue.message).not.toMatch(/Invalid|Too |received|Unrecognized/);
      }
  });
});

describe('the nearest names', () => {
  it('are those that one slip of the finger explains', () => {
    expect(nearestNames('modle', ['model', 'mode', 'serial'], 3)).toEqual(['mode', 'model']);
    expect(nearestNames('timeout', ['serial', 'model'])).toEqual([]);
  });

  it('are not looked for in words that nobody types', () => {
    expect(nearestNames('a'.repeat(1000), ['a'.repeat(1001)])).toEqual([]);
  });
});
