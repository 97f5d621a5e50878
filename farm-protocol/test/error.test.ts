import { describe, expect, it } from '@jest/globals';
import {
  ERROR_CODES,
  FarmError,
  fieldErrors,
  isBoardFault,
  isRetryable,
  isSubmitterFault,
  parseOrThrow,
} from '../src/error.js';
import { submissionSpecSchema } from '../src/submission.js';

const spec = (runs: unknown) => ({ version: 1, name: 'nightly', runs });

describe('errors about input', () => {
  it('name the field by the path that a reader would type', () => {
    const result = submissionSpecSchema.safeParse(
      spec([
        { image: 'a.elf', target: 'K64F' },
        { image: '../etc/passwd', target: 'k64f' },
      ]),
    );
    expect(result.success).toBe(false);
    const paths = fieldErrors(result.error as NonNullable<typeof result.error>);
    expect(paths.map((p) => p.path)).toEqual(['runs[1].image', 'runs[1].target']);
    expect(paths[0]?.message).toContain('bare file name');
    expect(paths[1]?.message).toContain('got "k64f" (4 characters)');
  });

  it('say which field is unknown', () => {
    expect(() =>
      parseOrThrow(
        submissionSpecSchema,
        spec([{ image: 'a', target: 'K64F', timeout: 5 }]),
        'invalid_spec',
        'spec',
      ),
    ).toThrow(/runs\[0\]: unknown field 'timeout'/);
  });

  it('keep the code and every field for the caller', () => {
    try {
      parseOrThrow(submissionSpecSchema, { version: 2 }, 'invalid_spec', 'spec');
      throw new Error('should not get here');
    } catch (error) {
      expect(error).toBeInstanceOf(FarmError);
      expect((error as FarmError).code).toBe('invalid_spec');
      expect((error as FarmError).fields.map((f) => f.path)).toEqual(
        expect.arrayContaining(['version', 'name', 'runs']),
      );
    }
  });
});

describe('error groups', () => {
  it('say who acts next', () => {
    expect(isRetryable(new FarmError('unavailable', 'x'))).toBe(true);
    expect(isBoardFault(new FarmError('board_fault', 'x'))).toBe(true);
    expect(isSubmitterFault(new FarmError('image_broken', 'x'))).toBe(true);
    expect(isSubmitterFault(new Error('x'))).toBe(false);
  });

  it('give each code an HTTP error status, a cause and a cure', () => {
    for (const entry of Object.values(ERROR_CODES)) {
      expect(entry.status).toBeGreaterThanOrEqual(400);
      expect(entry.cause).toMatch(/\.$/);
      expect(entry.cure.length).toBeGreaterThan(5);
    }
  });
});
