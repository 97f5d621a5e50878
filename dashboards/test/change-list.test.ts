import type { ChangeView } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { byUrgency, isOpen, lifeStep } from '../src/model/change-list.js';

const build = { imageSha256: 'a'.repeat(64), sha: null };
function change(
  state: ChangeView['state'],
  foundMs = 0,
  effect: ChangeView['effect'] = 'regression',
) {
  return {
    ...{ id: 'chg_00000000000000000000001', tenant: 'a', repository: null, ref: null },
    ...{
      target: 'K64F',
      imageName: 'a.elf',
      boardSerial: 'b1',
      effect,
      state,
      work: 'done' as const,
    },
    ...{ missing: null, good: build, bad: build, exact: true, metrics: 1, assignee: null },
    worst: {
      ...{ seriesId: null, caseName: null, metric: 'cycles' },
      ...{ unit: 'cycles' as const, before: 1, after: 2 },
    },
    ...{ reason: null, actor: null, undoes: null, returns: null, foundMs, changedMs: foundMs },
  };
}

describe('the list of changes', () => {
  it('puts first what came back, and last what nobody has to look at', () => {
    const sorted = [
      change('accepted', 9),
      change('detected', 8),
      change('verified', 3),
      change('verified', 5),
      change('returned', 1),
    ].sort(byUrgency);
    expect(sorted.map(({ state, foundMs }) => `${state} ${foundMs}`)).toEqual([
      ...['returned 1', 'verified 5', 'verified 3', 'detected 8', 'accepted 9'],
    ]);
  });

  it('asks nothing of anybody for an improvement, or when it has ended', () => {
    expect(isOpen(change('verified'))).toBe(true);
    expect(isOpen(change('verified', 0, 'improvement'))).toBe(false);
    for (const state of ['refuted', 'accepted', 'verifiedFixed'] as const)
      expect(isOpen(change(state))).toBe(false);
  });

  it('knows how far a change has come', () => {
    expect(lifeStep('assigned')).toBe(2);
    expect(lifeStep('returned')).toBe(1);
    expect(lifeStep('refuted')).toBeUndefined();
  });
});
