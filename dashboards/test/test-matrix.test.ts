import type { TestResult } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { testMatrix } from '../src/model/test-matrix.js';

const result = (
  submissionId: string,
  boardSerial: string,
  more: Partial<TestResult> = {},
): TestResult =>
  ({
    submissionId,
    boardSerial,
    atMs: 0,
    verdict: 'pass',
    attemptNumber: 1,
    ...more,
  }) as TestResult;
const of = (sha: string, commitMs: number) => ({ origin: { sha: sha.repeat(40), commitMs } });

describe('the matrix of a test', () => {
  it('has the build of the latest commit first, however late the others were tested', () => {
    const { builds } = testMatrix([
      result('s3', 'b', { atMs: 30, ...of('a', 1) }),
      result('s2', 'b', { atMs: 20, ...of('c', 3) }),
      result('s1', 'b', { atMs: 10, ...of('b', 2) }),
    ]);
    expect(builds.map(({ label }) => label)).toEqual(['ccccccc', 'bbbbbbb', 'aaaaaaa']);
  });

  it('keeps every attempt of a build on a board in its cell', () => {
    const { rows } = testMatrix([
      result('s2', 'b10', { attemptNumber: 2 }),
      result('s2', 'b10', { verdict: 'fail' }),
      result('s1', 'b9', {}),
    ]);
    expect(rows.map(({ board, cells }) => [board, ...cells.map((cell) => cell.length)])).toEqual([
      ['b9', 0, 1],
      ['b10', 2, 0],
    ]);
  });
});
