import type { BoardTransition } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import { troubledImages, troubleShare } from '../src/model/board-mix.js';
import { stateSpans, usableShare } from '../src/model/state-strip.js';
import { makeRun } from './support/fixture-views.js';

const step = (atMs: number, more: Partial<BoardTransition> = {}): BoardTransition => ({
  atMs,
  availability: 'idle',
  health: 'good',
  cause: '',
  actor: 'controller',
  evidence: null,
  ...more,
});

describe('the past of a board', () => {
  it('is spans up to now, the oldest first', () => {
    const spans = stateSpans(
      [step(300, { health: 'suspect' }), step(100), step(0, { availability: 'offline' })],
      400,
    );
    expect(spans.map(({ sign, fromMs, toMs }) => `${sign} ${fromMs}-${toMs}`)).toEqual([
      'offline 0-100',
      'idle 100-300',
      'suspect 300-400',
    ]);
    expect(usableShare(spans)).toBe(0.5);
  });

  it('is one span while it looks the same', () => {
    expect(stateSpans([step(50), step(10)], 60)).toHaveLength(1);
    expect(usableShare([])).toBeUndefined();
  });
});

describe('how a board does beside its siblings', () => {
  const run = (ordinal: number, imageName: string, verdict: 'pass' | 'fail' | 'cancelled') =>
    makeRun(ordinal, { imageName, verdict, state: 'finished' });

  it('puts first what fails here and passes elsewhere', () => {
    const here = [run(1, 'udp', 'fail'), run(2, 'kv', 'fail'), run(3, 'rtos', 'pass')];
    const elsewhere = [run(4, 'udp', 'pass'), run(5, 'kv', 'fail')];
    expect(troubledImages(here, elsewhere).map(({ image }) => image)).toEqual(['udp', 'kv']);
  });

  it('does not count what somebody cancelled', () => {
    expect(troubleShare([run(1, 'a', 'fail'), run(2, 'a', 'cancelled')])).toBe(1);
    expect(troubleShare([])).toBe(0);
  });
});
