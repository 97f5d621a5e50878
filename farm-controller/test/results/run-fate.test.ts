import { describe, expect, it } from '@jest/globals';
import type { EndReason, Verdict } from '@greenrack/farm-protocol';
import { runFate } from '../../src/results/run-fate.js';

const ended = { attemptNumber: 1, maxAttempts: 3, cancelRequested: false, earlier: [] } as const;

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
