import type { Assignment, HeldAttempt } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { reconcile } from '../../src/dispatch/reconcile.js';
import type { OpenAttempt } from '../../src/store/ports.js';

const id = `att_${'0'.repeat(23)}`;
const lease = `lea_${'0'.repeat(23)}`;

function open(more: Partial<OpenAttempt> = {}): OpenAttempt {
  return {
    attemptId: id,
    runId: `run_${'0'.repeat(23)}`,
    leaseId: lease,
    fence: 7,
    boardSerial: 'B1',
    agent: 'rack-1',
    ackedSeq: 3,
    leaseExpiresMs: 0,
    cancelRequested: false,
    assignment: {} as Assignment,
    ...more,
  };
}
function holds(more: Partial<HeldAttempt> = {}): HeldAttempt {
  const rest = { state: 'running', lastSeq: 5, consoleBytes: 10 } as const;
  return { attemptId: id, leaseId: lease, fence: 7, boardSerial: 'B1', ...rest, ...more };
}

describe('reconcile', () => {
  it('keeps what both hold', () => {
    expect(reconcile([holds()], [open()])).toEqual([{ kind: 'keep', attempt: open() }]);
  });

  it('stops what was cancelled meanwhile, unless it has ended by itself', () => {
    const cancelled = open({ cancelRequested: true });
    expect(reconcile([holds()], [cancelled])[0]?.kind).toBe('cancel');
    expect(reconcile([holds({ state: 'ended' })], [cancelled])[0]?.kind).toBe('keep');
  });

  it('drops what is over and what another lease has taken', () => {
    expect(reconcile([holds()], [])[0]).toMatchObject({ kind: 'drop', attemptId: id });
    expect(reconcile([holds({ fence: 6 })], [open()])[0]?.kind).toBe('drop');
  });

  it('starts an attempt whose order never arrived', () => {
    expect(reconcile([], [open({ ackedSeq: 0 })])[0]?.kind).toBe('start');
  });

  it('gives up an attempt that the agent has begun and no longer knows', () => {
    expect(reconcile([], [open()])[0]).toMatchObject({
      kind: 'abandon',
      reason: 'agentRestarted',
      message: expect.stringContaining('a second agent uses its name'),
    });
  });

  it('cancels instead of starting', () => {
    const cancelled = open({ ackedSeq: 0, cancelRequested: true });
    expect(reconcile([], [cancelled])[0]).toMatchObject({ kind: 'abandon', reason: 'cancelled' });
  });
});
