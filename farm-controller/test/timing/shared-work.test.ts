import { describe, expect, it } from '@jest/globals';
import { SharedWork } from '../../src/timing/shared-work.js';

describe('shared work', () => {
  it('is done once for all who ask before it begins', async () => {
    const shared = new SharedWork<number>();
    let done = 0;
    const work = () => Promise.resolve(++done);
    const asked = Array.from({ length: 50 }, () => shared.run('a', work));
    expect(new Set(await Promise.all(asked))).toEqual(new Set([1]));
    expect(await shared.run('a', work)).toBe(2);
  });

  it('is done once more for all who ask while it is under way: what they saw may be news', async () => {
    const shared = new SharedWork<string>();
    let world = 'old';
    let begun = (): void => undefined;
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let end = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      end = resolve;
    });
    const first = shared.run('a', async () => {
      const seen = world;
      begun();
      await gate;
      return seen;
    });
    await started;
    world = 'new';
    let more = 0;
    const late = [1, 2, 3].map(() =>
      shared.run('a', () => {
        more++;
        return Promise.resolve(world);
      }),
    );
    end();
    expect(await first).toBe('old');
    expect(await Promise.all(late)).toEqual(['new', 'new', 'new']);
    expect(more).toBe(1);
  });

  it('that fails is begun anew by the next who asks', async () => {
    const shared = new SharedWork<number>();
    await expect(shared.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await shared.run('a', () => Promise.resolve(7))).toBe(7);
  });

  it('of another key does not wait', async () => {
    const shared = new SharedWork<number>();
    void shared.run('a', () => new Promise(() => undefined));
    expect(await shared.run('b', () => Promise.resolve(1))).toBe(1);
  });
});
