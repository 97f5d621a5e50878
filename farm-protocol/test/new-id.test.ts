import { describe, expect, it } from '@jest/globals';
import {
  attemptIdSchema,
  leaseIdSchema,
  newId,
  runIdSchema,
  submissionIdSchema,
  tokenIdSchema,
} from '../src/index.js';

describe('new ids', () => {
  it('have the shape that their schemas ask for', () => {
    const now = Date.now();
    expect(submissionIdSchema.safeParse(newId('sub', now)).success).toBe(true);
    expect(runIdSchema.safeParse(newId('run', now)).success).toBe(true);
    expect(attemptIdSchema.safeParse(newId('att', now)).success).toBe(true);
    expect(leaseIdSchema.safeParse(newId('lea', now)).success).toBe(true);
    expect(tokenIdSchema.safeParse(newId('tok', now)).success).toBe(true);
  });

  it('sort by time, and by order of making within one millisecond', () => {
    const ids = [newId('run', 1_000)];
    for (let i = 0; i < 5_000; i++) ids.push(newId('run', 1_700_000_000_000));
    ids.push(newId('run', 1_700_000_000_001));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
