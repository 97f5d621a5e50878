import type { Assignment } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { OpenAttempts } from '../../src/dispatch/open-attempts.js';
import type { OpenAttempt } from '../../src/store/ports.js';

const open: OpenAttempt = {
  attemptId: 'att_1',
  runId: 'run_1',
  leaseId: 'lea_1',
  fence: 7,
  boardSerial: 'B1',
  agent: 'rack-1',
  ackedSeq: 0,
  leaseExpiresMs: 0,
  cancelRequested: false,
  assignment: { timeoutMs: 500, board: { serial: 'B1' } } as Assignment,
};
const database = { open: async () => open };
const now = () => 1_000;

describe('OpenAttempts', () => {
  it('takes over what the database calls open, and how long it may last', () => {
    const attempts = new OpenAttempts(database, now);
    expect(attempts.adopt(open)).toMatchObject({ fence: 7, boundMs: 1_500 });
    expect(attempts.ofAgent('rack-1')).toHaveLength(1);
  });

  it('does not bring back what has ended since the database was asked', () => {
    const attempts = new OpenAttempts(database, now);
    attempts.adopt(open);
    expect(attempts.end('att_1')).toMatchObject({ boardSerials: ['B1'] });
    expect(attempts.adopt(open)).toBeUndefined();
    expect(attempts.ofAgent('rack-1')).toEqual([]);
  });

  it('believes the database when it is asked anew', async () => {
    const attempts = new OpenAttempts(database, now);
    attempts.end('att_1');
    expect(await attempts.find('att_1')).toMatchObject({ fence: 7 });
    expect(attempts.ofAgent('rack-1')).toEqual([]);
  });

  it('remembers a cancellation that came before the grant', () => {
    const attempts = new OpenAttempts(database, now);
    attempts.cancelEarly('att_1');
    const live = { ...open, boardSerials: ['B1'], startedMs: 0, boundMs: 0 };
    expect(attempts.add(live)).toEqual({ cancelled: true });
    expect(attempts.add(live)).toEqual({ cancelled: false });
  });
});
