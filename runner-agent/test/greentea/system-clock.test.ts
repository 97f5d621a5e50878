import { describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../src/session/system-clock.js';

describe('the system clock', () => {
  it('counts from the given start and never goes back', () => {
    const clock = new SystemClock(process.hrtime.bigint() - 5_000_000n);
    const first = clock.nowUs();
    expect(first).toBeGreaterThanOrEqual(5000);
    expect(clock.nowUs()).toBeGreaterThanOrEqual(first);
  });

  it('fires a timer and leaves out a cancelled one', async () => {
    const clock = new SystemClock();
    const fired: string[] = [];
    clock.setTimer(0, () => fired.push('cancelled')).cancel();
    await new Promise<void>((resolve) => {
      clock.setTimer(1, () => {
        fired.push('kept');
        resolve();
      });
    });
    expect(fired).toEqual(['kept']);
  });

  it('does not fire at once for a wait that is longer than timers can be', async () => {
    const clock = new SystemClock();
    const fired: string[] = [];
    const long = clock.setTimer(1e12, () => fired.push('long'));
    await new Promise<void>((resolve) => {
      clock.setTimer(1, resolve);
    });
    long.cancel();
    expect(fired).toEqual([]);
  });
});
