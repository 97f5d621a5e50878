import { describe, expect, it } from '@jest/globals';
import { SampleClock } from '../../src/power/sample-clock.js';

const RATE_HZ = 100_000;

/** Notes 20 s of deliveries every 5 ms, each late by up to 40 ms. */
function clock({ ppm = 0, lossAtMs = Number.POSITIVE_INFINITY, loss = 0 }): SampleClock {
  const each = new SampleClock(RATE_HZ);
  for (let ms = 5; ms <= 20_000; ms += 5) {
    const lateMs = (ms * 7) % 40;
    const samples = Math.floor(ms * 100 * (1 + ppm / 1e6)) - (ms >= lossAtMs ? loss : 0);
    each.note(samples, 1000 + ms + lateMs);
  }
  return each;
}

describe('the clock of an instrument', () => {
  it.each([0, 12, -35])('is found to be fast by %s ppm, however late samples come', (ppm) => {
    const fit = clock({ ppm }).fit();
    expect(Math.abs((fit?.driftPpm ?? 99) - ppm)).toBeLessThan(5);
    expect(fit?.unaccounted).toBe(0);
  });

  it('shows a loss that a counter modulo 64 cannot show', () => {
    const fit = clock({ lossAtMs: 9000, loss: 64 * 100 }).fit();
    expect(Math.abs((fit?.unaccounted ?? 0) - 6400)).toBeLessThan(20);
  });

  it('takes samples that come late because all was late for samples all the same', () => {
    const each = new SampleClock(RATE_HZ);
    for (let ms = 5; ms <= 2000; ms += 5) each.note(ms * 100, ms);
    // The host stood still for a second, and the instrument heard 30 ms late that it should stop.
    each.stop(3000);
    for (let ms = 2005; ms <= 3030; ms += 5) each.note(ms * 100, 3000 + ms / 10);
    expect(each.fit()?.unaccounted).toBe(0);
  });

  it('shows samples that are missing at the end', () => {
    const each = new SampleClock(RATE_HZ);
    for (let ms = 5; ms <= 2000; ms += 5) each.note(ms * 100, ms);
    each.stop(3000);
    for (let ms = 2005; ms <= 2500; ms += 5) each.note(ms * 100, 3000 + ms / 10);
    expect(each.fit()?.unaccounted).toBe(50_000);
  });

  it('shows samples that are too many', () => {
    expect(clock({ lossAtMs: 9000, loss: -3200 }).fit()?.unaccounted).toBeLessThan(-3000);
  });

  it('finds the sample of a moment', () => {
    for (const ppm of [0, 40]) {
      const index = clock({ ppm }).indexAt(1000 + 15_000);
      expect(Math.abs(index - 1_500_000 * (1 + ppm / 1e6))).toBeLessThan(30);
    }
  });

  it('says when the first sample was taken, and how fast the others follow', () => {
    for (const ppm of [0, 40]) {
      const { offsetUs = 0, driftPpm = 0 } = clock({ ppm }).place() ?? {};
      expect(Math.abs(offsetUs - 1_000_000)).toBeLessThan(300);
      expect(Math.abs(driftPpm - ppm)).toBeLessThan(5);
    }
  });

  it('says nothing of a measurement that is too short', () => {
    const each = new SampleClock(RATE_HZ);
    each.note(1000, 10);
    expect(each.fit()).toBeUndefined();
  });
});
