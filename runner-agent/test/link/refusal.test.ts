import { describe, expect, it } from '@jest/globals';
import { Refusals } from '../../src/link/refusal.js';

describe('refusals of a controller', () => {
  it('that it will take back are followed by longer and longer pauses, up to a limit', () => {
    const refusals = new Refusals();
    const pauses = Array.from({ length: 12 }, () => {
      expect(refusals.judge('unavailable')).toBe('again');
      return refusals.pauseMs(1);
    });
    expect(pauses.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(pauses.at(-1)).toBe(15_000);
  });

  it.each(['internal', 'a_code_of_a_newer_controller'])(
    'without a known reason (%s) are final when they do not cease',
    (code) => {
      const refusals = new Refusals();
      const kinds = Array.from({ length: 8 }, () => refusals.judge(code));
      expect(kinds).toEqual([...Array(7).fill('again'), 'final']);
    },
  );

  it('are counted from the last message that passed', () => {
    const refusals = new Refusals();
    for (let i = 0; i < 7; i++) refusals.judge('internal');
    refusals.passed();
    expect(refusals.judge('internal')).toBe('again');
    expect(refusals.pauseMs(1)).toBe(100);
  });

  it.each(['invalid_request', 'forbidden', 'payload_too_large', 'conflict'])(
    'about the message itself (%s) are final at once',
    (code) => expect(new Refusals().judge(code)).toBe('final'),
  );
});
