import { describe, expect, it } from '@jest/globals';
import { Budget } from '../../src/session/budget.js';
import { ManualClock } from './support/manual-clock.js';

/** A budget of 10 s on a board whose clock goes at `pace` of ours, and when it was spent, in s. */
async function spentAfter(pace: number | undefined, limitMs: number): Promise<number | undefined> {
  const clock = new ManualClock();
  const spent: number[] = [];
  const nowMs = () => clock.nowUs() / 1000;
  const own = {
    behindMs: () => Promise.resolve(pace === undefined ? undefined : nowMs() * (1 - pace)),
    limitMs,
  };
  const budget = new Budget(clock, () => spent.push(Math.round(nowMs() / 1000)), own);
  budget.set(10_000);
  await clock.advance(1_000_000);
  return spent[0];
}

describe('the budget of firmware', () => {
  it('is the board’s own time when its clock is left behind', async () => {
    expect(await spentAfter(0.5, 600_000)).toBe(20);
    expect(await spentAfter(0.25, 600_000)).toBe(40);
  });

  it('is ours when the clocks go alike, when the board’s is ahead, and when that is not known', async () => {
    for (const pace of [1, 1.5, undefined]) expect(await spentAfter(pace, 600_000)).toBe(10);
  });

  it('ends at the limit of the run, however slow the board', async () => {
    expect(await spentAfter(0.01, 30_000)).toBe(30);
  });

  it('that is set anew while the board’s clock is being read counts from then', async () => {
    const clock = new ManualClock();
    let isSpent = false;
    const spend = () => {
      isSpent = true;
    };
    const asked: ((behindMs: number) => void)[] = [];
    const behindMs = () => new Promise<number>((resolve) => asked.push(resolve));
    const budget = new Budget(clock, spend, { behindMs, limitMs: 60_000 });
    budget.set(1000);
    await clock.advance(1000);
    budget.set(5000);
    for (const answer of asked) answer(0);
    await clock.advance(4999);
    expect(isSpent).toBe(false);
    await clock.advance(1);
    for (const answer of asked) answer(0);
    await clock.advance(0);
    expect(isSpent).toBe(true);
  });
});
