import type { RunView, TestResult, Verdict } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import {
  compareCases,
  compareRuns,
  failureAge,
  failureGroups,
  normalisedMessage,
} from '../src/index.js';

function run(ordinal: number, verdict: Verdict | null, more: Partial<RunView> = {}): RunView {
  const view = {
    ordinal,
    name: `run ${ordinal}`,
    verdict,
    reason: 'completed',
    message: '',
    requirement: { target: 'K64F', fixtures: [], tags: [] },
    ...more,
  };
  return view as RunView;
}

describe('two runs, case by case', () => {
  it('name what broke, was mended, is new, has gone, and stayed', () => {
    const before = [
      { name: 'a', verdict: 'pass' as const },
      { name: 'b', verdict: 'fail' as const },
      { name: 'c', verdict: 'fail' as const },
      { name: 'gone', verdict: 'pass' as const },
      { name: 'same', verdict: 'pass' as const },
    ];
    const after = [
      { name: 'a', verdict: 'fail' as const },
      { name: 'b', verdict: 'pass' as const },
      { name: 'c', verdict: 'crash' as const },
      { name: 'new', verdict: 'pass' as const },
      { name: 'same', verdict: 'pass' as const },
    ];
    const changes = compareCases(before, after).map(({ name, change }) => `${name} ${change}`);
    expect(changes.sort()).toEqual([
      ...['a broken', 'b mended', 'c otherwise', 'gone absent', 'new new', 'same same'],
    ]);
  });
});

describe('groups of failures', () => {
  it('hold what went wrong in the same way, though numbers and addresses differ', () => {
    const groups = failureGroups([
      run(0, 'fail', { message: 'src/kv.c:212: expected 16 bytes under key_10, got 0' }),
      run(1, 'fail', { message: 'src/kv.c:212: expected 16 bytes under key_11, got 4' }),
      run(2, 'fail', { message: 'src/kv.c:300: expected 16 bytes under key_11, got 4' }),
      run(3, 'pass'),
    ]);
    expect(groups.map(({ runs }) => runs.map(({ ordinal }) => ordinal))).toEqual([[0, 1], [2]]);
  });

  it('tell a crash from a failure with the same words, and name a reason where there are none', () => {
    const groups = failureGroups([
      run(0, 'fail', { message: 'no answer' }),
      run(1, 'crash', { message: 'no answer' }),
      run(2, 'hang', { reason: 'timeout' }),
      run(3, 'hang', { reason: 'syncFailed' }),
    ]);
    expect(groups).toHaveLength(4);
  });

  it('put the faults of the bench last, and leave out what somebody cancelled', () => {
    const groups = failureGroups([
      run(0, 'infra', { message: 'port gone' }),
      run(1, 'infra', { message: 'port gone' }),
      run(2, 'cancelled'),
      run(3, 'fail', { message: 'wrong' }),
    ]);
    expect(groups.map(({ verdict, isInfra }) => `${verdict} ${isInfra}`)).toEqual([
      'fail false',
      'infra true',
    ]);
  });

  it('compare a bounded part of a message', () => {
    expect(normalisedMessage('x'.repeat(1_000_000)).length).toBeLessThan(1000);
    expect(normalisedMessage('PC 0x0000041F2 at 12.5 ms')).toBe('pc @ at # ms');
  });
});

describe('two submissions run by run', () => {
  it('say what broke, what was mended, what is new and what is absent', () => {
    const before = [run(0, 'pass'), run(1, 'fail'), run(2, 'fail'), run(3, 'pass'), run(5, 'pass')];
    const after = [run(0, 'fail'), run(1, 'pass'), run(2, 'crash'), run(4, 'pass'), run(5, 'pass')];
    const found = compareRuns(before, after).map(({ name, change }) => `${name} ${change}`);
    expect(found).toEqual([
      'run 0 broken',
      'run 1 mended',
      'run 2 otherwise',
      'run 4 new',
      'run 3 absent',
      'run 5 same',
    ]);
  });

  it('tell repeats of one run apart by their order', () => {
    const twice = [run(0, 'pass', { name: 'a' }), run(1, 'fail', { name: 'a' })];
    expect(compareRuns(twice, twice).map(({ change }) => change)).toEqual(['same', 'same']);
  });
});

describe('the age of a failure', () => {
  const result = (submissionId: string, verdict: Verdict) =>
    ({ submissionId, verdict }) as TestResult;

  it('counts builds since the last that passed, and passes over the faults of the bench', () => {
    const age = failureAge(
      [result('d', 'fail'), result('c', 'infra'), result('b', 'crash'), result('a', 'pass')],
      true,
    );
    expect(age).toMatchObject({
      builds: 2,
      firstBad: { submissionId: 'b' },
      lastGood: { submissionId: 'a' },
      isWhole: true,
    });
  });

  it('does not say never before one has looked at everything', () => {
    expect(failureAge([result('a', 'fail')], true)).toMatchObject({ isWhole: false });
    const never = failureAge([result('a', 'fail')], false);
    expect(never).toMatchObject({ isWhole: true, lastGood: undefined });
  });

  it('has none when the latest is good', () => {
    expect(failureAge([result('b', 'flaky'), result('a', 'fail')], false)).toBeUndefined();
    expect(failureAge([], false)).toBeUndefined();
  });
});
