import { describe, expect, it } from '@jest/globals';
import {
  compareSamples,
  confirmationOf,
  gaussian,
  morePairs,
  rankTest,
  seededRandom,
  shareInterval,
} from '../src/index.js';

describe('the rank test', () => {
  it('gives the share of all ways to divide the values that set them as far apart', () => {
    expect(rankTest([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBeCloseTo(2 / 252, 10);
    expect(rankTest([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(rankTest([7, 7, 7, 7, 7], [8, 8, 8, 8, 8])).toBeCloseTo(2 / 252, 10);
    expect(rankTest([1, 4], [2, 3])).toBe(1);
  });

  it('keeps its level with few values and with many', () => {
    const random = seededRandom(1);
    for (const n of [5, 10, 40]) {
      let low = 0;
      for (let i = 0; i < 400; i++) {
        const some = () => Array.from({ length: n }, () => gaussian(random));
        if (rankTest(some(), some()) <= 0.05) low++;
      }
      expect(low / 400).toBeLessThanOrEqual(0.08);
    }
  });
});

describe('interleaved runs', () => {
  const noisy = (good: number[], bad: number[]) =>
    confirmationOf({ kind: 'noisy', good, bad, rises: true }).outcome;

  it('confirm an exact metric by one pair, unless an image measures two values', () => {
    const exactly = (good: number[], bad: number[], rises = true) =>
      confirmationOf({ kind: 'exact', good, bad, rises }).outcome;
    expect(exactly([100], [101])).toBe('confirmed');
    expect(exactly([100], [100])).toBe('refuted');
    expect(exactly([100], [99])).toBe('refuted');
    expect(exactly([100, 100], [101, 102])).toBe('refuted');
  });

  it('confirm noise by five pairs that lie apart, and want more when it is close', () => {
    expect(noisy([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBe('confirmed');
    expect(noisy([1, 2, 3, 4, 6], [5, 7, 8, 9, 10])).toBe('more');
    expect(noisy([6, 7, 8, 9, 10], [1, 2, 3, 4, 5])).toBe('refuted');
    expect(noisy([1, 2], [8, 9])).toBe('more');
    expect([5, 10, 20].map(morePairs)).toEqual([5, 10, 0]);
  });

  it('take one count for none where values repeat but for one', () => {
    const near = (bad: number) =>
      confirmationOf({
        ...{ kind: 'near-exact', rises: true, good: [7, 7, 7, 7, 7] },
        bad: [bad, bad, bad, bad, bad],
      }).outcome;
    expect([near(8), near(9)]).toEqual(['refuted', 'confirmed']);
  });

  it('confirm a change that is none in less than 2 of 100 cases', () => {
    const random = seededRandom(9);
    let false_ = 0;
    for (let i = 0; i < 500; i++) {
      const good: number[] = [];
      const bad: number[] = [];
      let outcome: string;
      do {
        for (
          let more = Math.max(morePairs(good.length), good.length === 0 ? 5 : 0);
          more > 0;
          more--
        ) {
          good.push(gaussian(random));
          bad.push(gaussian(random));
        }
        outcome = noisy(good, bad);
      } while (outcome === 'more');
      if (outcome === 'confirmed') false_++;
    }
    expect(false_ / 500).toBeLessThan(0.02);
  });
});

describe('a comparison of samples', () => {
  it('gives shift, interval and effect, the same each time', () => {
    const random = seededRandom(2);
    const some = (level: number) => Array.from({ length: 30 }, () => level + gaussian(random));
    const [a, b] = [some(100), some(103)];
    const found = compareSamples(a, b);
    expect(found.shift).toBeCloseTo(3, 0);
    expect(found.interval[0]).toBeGreaterThan(1.5);
    expect(found.interval[1]).toBeLessThan(4.5);
    expect(found.effect).toBeGreaterThan(0.9);
    expect(compareSamples(a, b)).toEqual(found);
  });

  it('shows the modes of a bistable one', () => {
    const two = [1, 1.1, 1.2, 1.1, 9, 9.1, 9.2, 9];
    const { a, b } = compareSamples(two, [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(a.modes).toEqual([1.1, 9.05]);
    expect(b.modes).toHaveLength(1);
  });
});

it('says how sure a share is', () => {
  const [low, high] = shareInterval(1, 10);
  expect([low.toFixed(3), high.toFixed(3)]).toEqual(['0.018', '0.404']);
  expect(shareInterval(0, 0)).toEqual([0, 1]);
  expect(shareInterval(0, 100)[0]).toBe(0);
});
