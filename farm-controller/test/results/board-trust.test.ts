import { END_REASONS, type EndReason, type Verdict } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { boardTrust } from '../../src/results/board-trust.js';
import type { BoardFault } from '../../src/store/ports.js';

let count = 0;
const fault = (reason: EndReason): BoardFault => ({
  ...{ attemptId: `att_${++count}`, runId: 'run_1', attemptNumber: 1, reason },
});
/** An attempt of somebody whom the farm knows. */
const OURS = { model: 'm', untrusted: false };
const GUILTY: readonly EndReason[] = [
  'flashFailed',
  'boardStartFailed',
  'consoleLost',
  'emulatorExited',
  'syncFailed',
];

describe('the trust in a board', () => {
  const trust = boardTrust(3, () => true);
  const earlier = [fault('flashFailed')];

  it.each(GUILTY)('suffers from %s', (reason) => {
    const own = fault(reason);
    const after = trust({ ...OURS, verdict: 'infra', fault: own, faults: earlier });
    expect(after).toEqual({ faults: [...earlier, own] });
  });

  it.each(END_REASONS.filter((reason) => !GUILTY.includes(reason)))(
    'does not suffer from an infrastructure fault by %s, nor is it restored by one',
    (reason) => {
      const after = trust({ ...OURS, verdict: 'infra', fault: fault(reason), faults: earlier });
      expect(after).toEqual({ faults: earlier });
    },
  );

  it.each<Verdict>(['pass', 'fail', 'crash', 'hang', 'skipped'])(
    'is restored by %s: the firmware had its say',
    (verdict) => {
      const after = trust({ ...OURS, verdict, fault: fault('completed'), faults: earlier });
      expect(after).toEqual({ faults: [] });
    },
  );

  it('is restored by an image that says it is meant for the board and never answers', () => {
    const after = trust({
      ...OURS,
      verdict: 'hang',
      fault: fault('syncFailed'),
      faults: earlier,
    });
    expect(after).toEqual({ faults: [] });
  });

  it.each<[Verdict, EndReason]>([
    ['cancelled', 'cancelled'],
    ['blocked', 'fixtureMissing'],
  ])('stays as it is after %s', (verdict, reason) => {
    expect(trust({ ...OURS, verdict, fault: fault(reason), faults: earlier })).toEqual({
      faults: earlier,
    });
  });

  it('is lost with the last of so many faults in a row, which are the evidence', () => {
    const row = [fault('flashFailed'), fault('consoleLost')];
    const last = fault('emulatorExited');
    expect(trust({ ...OURS, verdict: 'infra', fault: last, faults: row })).toEqual({
      faults: [...row, last],
      suspect: '3 attempts in a row failed on it: flashFailed, consoleLost, emulatorExited',
    });
  });

  it('does not suffer from mute images where nothing tells whether the board is mute', () => {
    const blind = boardTrust(3, (model) => model !== 'm');
    const mute = { verdict: 'infra', fault: fault('syncFailed'), faults: earlier } as const;
    expect(blind({ ...OURS, ...mute })).toEqual({ faults: earlier });
    expect(blind({ ...OURS, model: 'examined', ...mute }).faults).toHaveLength(2);
    const dead = { verdict: 'infra', fault: fault('flashFailed'), faults: earlier } as const;
    expect(blind({ ...OURS, ...dead }).faults).toHaveLength(2);
  });

  it('is lost at once when one fault is enough', () => {
    const only = fault('flashFailed');
    expect(
      boardTrust(1, () => true)({ ...OURS, verdict: 'infra', fault: only, faults: [] }),
    ).toEqual({
      faults: [only],
      suspect: 'an attempt failed on it: flashFailed',
    });
  });

  it('is never lost when nobody counts', () => {
    const row = [fault('flashFailed'), fault('flashFailed'), fault('flashFailed')];
    const after = boardTrust(
      0,
      () => true,
    )({ ...OURS, verdict: 'infra', fault: fault('flashFailed'), faults: row });
    expect(after).toEqual({ faults: [] });
  });

  it.each([
    [3, 'pass'],
    [0, 'cancelled'],
  ] as const)(
    'is lost to firmware of a stranger, where %i faults are enough, also by %s',
    (after, verdict) => {
      const own = fault('completed');
      const ended = { model: 'm', untrusted: true, verdict, fault: own, faults: earlier };
      expect(boardTrust(after, () => true)(ended)).toEqual({
        faults: [...earlier, own],
        suspect: 'it ran firmware of a stranger',
      });
    },
  );
});
