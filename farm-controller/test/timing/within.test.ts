import { describe, expect, it } from '@jest/globals';
import { within } from '../../src/timing/within.js';

const never = new Promise<never>(() => undefined);
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('a wait with limits', () => {
  it('gives what it waited for, and leaves no timer behind', async () => {
    const before = timers();
    const { signal } = new AbortController();
    await expect(within({ ms: 60_000, signal }, 'answer', Promise.resolve(7))).resolves.toBe(7);
    const failed = Promise.reject(new Error('no'));
    await expect(within({ ms: 60_000, signal }, 'answer', failed)).rejects.toThrow('no');
    expect(timers()).toBe(before);
  });

  it('ends at its deadline and says what did not come', async () => {
    const { signal } = new AbortController();
    await expect(within({ ms: 1, signal }, 'answer', never)).rejects.toThrow(
      'no answer within 1 ms',
    );
  });

  it.each([
    ['before', true],
    ['meanwhile', false],
  ])('ends when it is called off %s, and leaves no timer behind', async (_when, isBefore) => {
    const before = timers();
    const off = new AbortController();
    if (isBefore) off.abort(new Error('gone'));
    const wait = within({ ms: 60_000, signal: off.signal }, 'answer', never);
    off.abort(new Error('gone'));
    await expect(wait).rejects.toThrow('gone');
    expect(timers()).toBe(before);
  });
});
