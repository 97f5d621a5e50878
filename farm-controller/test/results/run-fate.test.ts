import {
  type CaseVerdict,
  type EndReason,
  EXPECTATIONS,
  type Expectation,
  type Verdict,
} from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { runFate } from '../../src/results/run-fate.js';

const ended = {
  attemptNumber: 1,
  maxAttempts: 3,
  cancelRequested: false,
  earlier: [],
  message: 'why',
  expect: 'pass',
  retries: 0,
  healthCheck: false,
  soundBoards: 0,
} as const;

describe('runFate', () => {
  it.each<[Verdict, EndReason]>([
    ['pass', 'completed'],
    ['fail', 'completed'],
    ['crash', 'crashBlock'],
    ['hang', 'timeout'],
  ])('keeps the verdict %s (%s)', (verdict, reason) => {
    expect(runFate({ ...ended, verdict, reason })).toEqual({ kind: 'finish', verdict });
  });

  it.each<EndReason>([
    'agentLost',
    'agentRestarted',
    'emulatorExited',
    'boardStartFailed',
    'flashFailed',
    'consoleLost',
    'imageUnavailable',
    'internalError',
    'syncFailed',
  ])('tries again after %s', (reason) => {
    expect(runFate({ ...ended, verdict: 'infra', reason })).toEqual({ kind: 'retry' });
  });

  it.each<EndReason>(['imageUnsuitable', 'hostTestUnknown'])(
    'does not try again after %s: every board would say so',
    (reason) => {
      const fate = runFate({ ...ended, verdict: 'infra', reason });
      expect(fate).toEqual({ kind: 'finish', verdict: 'infra' });
    },
  );

  it('calls firmware mute that two boards do not hear which hear others', () => {
    const silent = { ...ended, attemptNumber: 3, verdict: 'infra', reason: 'syncFailed' } as const;
    expect(runFate({ ...silent, soundBoards: 1 })).toEqual({ kind: 'finish', verdict: 'infra' });
    expect(runFate({ ...silent, soundBoards: 2 })).toEqual({
      kind: 'finish',
      verdict: 'hang',
      message: 'the firmware is mute: 2 boards answer other images, and not this one; why',
    });
    expect(runFate({ ...silent, soundBoards: 2, attemptNumber: 2 })).toEqual({ kind: 'retry' });
    expect(runFate({ ...silent, soundBoards: 2, expect: 'fail' })).toMatchObject({
      verdict: 'xfail',
      raw: 'hang',
    });
  });

  it('gives up when the attempts are used up', () => {
    const fate = runFate({ ...ended, attemptNumber: 3, verdict: 'infra', reason: 'agentLost' });
    expect(fate).toEqual({ kind: 'finish', verdict: 'infra' });
  });

  it('calls a pass after a fail flaky, but not a pass after infrastructure faults', () => {
    const pass = { ...ended, verdict: 'pass', reason: 'completed' } as const;
    expect(runFate({ ...pass, earlier: ['infra', 'fail'] })).toMatchObject({ verdict: 'flaky' });
    expect(runFate({ ...pass, earlier: ['infra', 'infra'] })).toMatchObject({ verdict: 'pass' });
  });

  it('does not try again what someone cancelled', () => {
    const fate = runFate({
      ...ended,
      cancelRequested: true,
      verdict: 'infra',
      reason: 'agentLost',
    });
    expect(fate).toEqual({ kind: 'finish', verdict: 'cancelled' });
  });
});

describe('a health check', () => {
  const check = { ...ended, healthCheck: true, verdict: 'infra' } as const;

  it.each<EndReason>([
    'flashFailed',
    'boardStartFailed',
    'consoleLost',
    'emulatorExited',
    'syncFailed',
  ])('is not tried again after %s: that is its answer', (reason) => {
    expect(runFate({ ...check, reason })).toEqual({ kind: 'finish', verdict: 'infra' });
  });

  it.each<EndReason>(['agentLost', 'agentRestarted', 'agentRefused', 'imageUnavailable'])(
    'is tried again after %s: that says nothing of the board',
    (reason) => {
      expect(runFate({ ...check, reason })).toEqual({ kind: 'retry' });
    },
  );
});

describe('what is expected of a run', () => {
  const fate = (verdict: Verdict, expect: Expectation) =>
    runFate({ ...ended, verdict, reason: 'completed', expect });

  it.each<Verdict>(['fail', 'crash', 'hang'])(
    'turns %s into xfail, and keeps it beside',
    (verdict) => {
      for (const expect_ of ['fail', 'flaky'] as const)
        expect(fate(verdict, expect_)).toEqual({ kind: 'finish', verdict: 'xfail', raw: verdict });
      expect(fate(verdict, 'pass')).toEqual({ kind: 'finish', verdict });
    },
  );

  it('makes a pass of a test that is listed as failing an xpass, with the reason', () => {
    expect(fate('pass', 'fail')).toMatchObject({ verdict: 'xpass', raw: 'pass' });
    expect(fate('pass', 'fail')).toHaveProperty('message', expect.stringContaining('(why)'));
    expect(fate('pass', 'flaky')).toEqual({ kind: 'finish', verdict: 'pass' });
  });

  it.each<Verdict>(['skipped', 'blocked', 'infra'])('leaves %s alone', (verdict) => {
    const last = { ...ended, attemptNumber: 3, verdict, reason: 'completed' } as const;
    for (const expect_ of EXPECTATIONS)
      expect(runFate({ ...last, expect: expect_ })).toEqual({ kind: 'finish', verdict });
  });
});

describe('what is expected of single cases', () => {
  /** `a: pass/fail`: the case a passed, and is listed as failing. */
  const fate = (verdict: Verdict, ...cases: string[]) =>
    runFate({
      ...ended,
      verdict,
      reason: 'completed',
      cases: cases.map((text) => {
        const [, name = '', was, expect_] = /^(.*): (\w+)\/(\w+)$/.exec(text) ?? [];
        const caseVerdict = was === 'open' ? null : (was as Verdict & CaseVerdict);
        return { name, verdict: caseVerdict, expect: expect_ as Expectation };
      }),
    });

  it.each([
    ['xfail', 'fail', ['a: fail/fail', 'b: pass/pass', 'c: skipped/pass']],
    ['xfail', 'fail', ['a: fail/flaky', 'b: fail/fail']],
    ['xfail', 'crash', ['a: crash/fail', 'b: blocked/flaky']],
    ['fail', 'fail', ['a: fail/fail', 'b: fail/pass']],
    ['crash', 'crash', ['a: crash/fail', 'b: blocked/pass']],
    ['hang', 'hang', ['a: open/pass', 'b: fail/fail']],
    ['hang', 'hang', ['a: pass/pass', 'b: pass/flaky']],
    ['hang', 'hang', []],
    ['fail', 'fail', ['a: fail/pass', 'b: pass/fail']],
    ['pass', 'pass', ['a: pass/flaky', 'b: skipped/fail']],
  ] as const)('makes %s of %s with %j', (verdict, raw, cases) => {
    expect(fate(raw, ...cases)).toMatchObject({ kind: 'finish', verdict });
  });

  it('calls the run xpass when a case passes against the list, and names it', () => {
    for (const raw of ['pass', 'flaky'] as const)
      expect(fate(raw, 'a: pass/pass', 'b c: pass/fail')).toEqual({
        kind: 'finish',
        verdict: 'xpass',
        raw,
        message:
          'the case "b c" passed, although it is listed as failing: take it off the list (why)',
      });
    expect(fate('fail', 'a: fail/fail', 'b: pass/fail')).toMatchObject({ verdict: 'xpass' });
  });

  it('is believed on a busy machine too when it is a failure, and nothing else is', () => {
    const starved = { ...ended, verdict: 'infra', reason: 'hostStarved' } as const;
    const xfail = { kind: 'finish', verdict: 'xfail', raw: 'fail' };
    expect(runFate({ ...starved, expect: 'fail' })).toEqual(xfail);
    expect(runFate({ ...starved, expect: 'flaky' })).toEqual(xfail);
    expect(runFate(starved)).toEqual({ kind: 'retry' });
    const failed = { name: 'a', verdict: 'infra', expect: 'fail' } as const;
    expect(runFate({ ...starved, cases: [failed] })).toEqual(xfail);
    const fresh = { name: 'b', verdict: 'infra', expect: 'pass' } as const;
    expect(runFate({ ...starved, cases: [failed, fresh] })).toEqual({ kind: 'retry' });
  });

  it('leaves trouble around the code alone', () => {
    for (const raw of ['skipped', 'blocked'] as const)
      expect(fate(raw, 'a: pass/fail')).toEqual({ kind: 'finish', verdict: raw });
  });
});

describe('tries that the spec asks for after a verdict against the code', () => {
  const again = (verdict: Verdict, earlier: readonly Verdict[], retries = 2) =>
    runFate({
      ...ended,
      verdict,
      reason: 'completed',
      earlier,
      attemptNumber: earlier.length + 1,
      retries,
    });

  it('are as many as it asks for, none by default', () => {
    expect(again('fail', [], 0)).toEqual({ kind: 'finish', verdict: 'fail' });
    expect(again('fail', [])).toEqual({ kind: 'retry' });
    expect(again('hang', ['fail'])).toEqual({ kind: 'retry' });
    expect(again('fail', ['fail', 'crash'])).toEqual({ kind: 'finish', verdict: 'fail' });
  });

  it('do not use up those for faults of the infrastructure, nor the other way round', () => {
    expect(again('infra', ['fail', 'fail', 'infra'])).toEqual({ kind: 'retry' });
    expect(again('fail', ['infra', 'infra'], 1)).toEqual({ kind: 'retry' });
  });

  it('make a pass flaky', () => {
    expect(again('pass', ['infra', 'fail'])).toEqual({ kind: 'finish', verdict: 'flaky' });
  });

  it('do not let trouble around the code wash a verdict away', () => {
    const verdicts = ['crash', 'infra', 'infra'] as const;
    expect(again('infra', verdicts)).toEqual({ kind: 'finish', verdict: 'crash' });
  });
});
