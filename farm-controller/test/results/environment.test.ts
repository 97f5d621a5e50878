import type { AttemptEnd } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { environmentRows } from '../../src/results/environment.js';
import { boardSpec } from '../support/store-fixtures.js';

describe('the environment of an attempt', () => {
  const rows = (meter?: string) => {
    const end: AttemptEnd = {
      ...{ type: 'attemptEnd', verdict: 'pass', reason: 'completed', message: '', streams: [] },
      environment: { emulator: 'QEMU 7.2.15', ...(meter !== undefined && { meter }) },
    };
    return environmentRows({ board: boardSpec('b1') }, '1.0.0', end);
  };

  it('is one for all figures of a board that nothing measures', () => {
    const { told, metered } = rows();
    expect(metered).toEqual(told);
  });

  it('is another for figures of power when the instrument or its calibration is another', () => {
    const [one, other] = [rows('ppk2, HW 1, 1.2.3'), rows('ppk2, HW 1, 1.2.4')];
    expect(new Set([one.metered.id, other.metered.id, one.told.id]).size).toBe(3);
    expect(rows('ppk2, HW 1, 1.2.3')).toEqual(one);
    expect(JSON.parse(one.metered.facts_json)).toMatchObject({ meter: 'ppk2, HW 1, 1.2.3' });
  });

  it('is the same for what the board itself told, whatever measures its power', () => {
    expect(rows('ppk2, HW 1').told).toEqual(rows().told);
  });
});
