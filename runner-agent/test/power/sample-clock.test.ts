import { describe, expect, it } from '@jest/globals';
import { SampleClock } from '../../src/power/sample-clock.js';

const RATE_HZ = 100_000;

interface Course {
  ppm?: number;
  lossAtMs?: number;
  loss?: number;
  /** How late what is there after so many ms arrives. */
  lateMs?: (ms: number) => number;
}

/** Notes 20 s of deliveries every 5 ms, each late by up to 40 ms. The instrument began at 1000 ms. */
function clock({ ppm = 0, lossAtMs = 20_001, loss = 0, lateMs = (ms) => (ms * 7) % 40 }: Course) {
  const each = new SampleClock(RATE_HZ, 998);
  for (let ms = 5; ms <= 20_000; ms += 5) {
    const samples = Math.floor(ms * 100 * (1 + ppm / 1e6)) - (ms >= lossAtMs ? loss : 0);
    each.note(samples, 1000 + ms + lateMs(ms));
  }
  each.stop(21_000);
  return each;
}

describe('the clock of an instrument', () => {
  it.each([0, 12, -35])('is found to be fast by %s ppm, however late samples come', (ppm) => {
    const each = clock({ ppm });
    expect(Math.abs((each.place()?.driftPpm ?? 99) - ppm)).toBeLessThan(5);
    expect(each.unaccounted()).toBe(0);
  });

  it.each<[string, (ms: number) => number]>([
    ['the first ones are late by seconds', (ms) => Math.max(0, 6000 - ms)],
    ['the last ones are late by seconds', (ms) => Math.max(0, 2 * (ms - 17_000))],
    ['the host stands still now and then', (ms) => 1700 - (ms % 1700)],
    ['only one of them is in time', (ms) => (ms === 11_000 ? 0 : 900)],
    ['all of them come at the end', (ms) => 20_000 - ms],
  ])('misses nothing when %s', (_, lateMs) => {
    expect(clock({ lateMs }).unaccounted()).toBe(0);
  });

  it.each<[string, (ms: number) => number]>([
    ['first', (ms) => Math.max(0, 6000 - ms)],
    ['last', (ms) => Math.max(0, 2 * (ms - 17_000))],
  ])('knows when samples were taken though the %s ones came late', (_, lateMs) => {
    const { offsetUs = 0, driftPpm = 99 } = clock({ lateMs }).place() ?? {};
    expect(Math.abs(offsetUs - 1_000_000)).toBeLessThan(300);
    expect(Math.abs(driftPpm)).toBeLessThan(5);
  });

  it('shows a loss that a counter modulo 64 cannot show', () => {
    const lost = clock({ lossAtMs: 9000, loss: 64 * 100 }).unaccounted();
    expect(Math.abs(lost - 6400)).toBeLessThan(20);
  });

  it('shows such a loss though the first samples came late', () => {
    const lateMs = (ms: number) => Math.max(0, 3000 - ms);
    expect(clock({ lateMs, lossAtMs: 9000, loss: 6400 }).unaccounted()).toBeGreaterThan(6300);
  });

  it('takes samples that come late because all was late for samples all the same', () => {
    const each = new SampleClock(RATE_HZ, 0);
    for (let ms = 5; ms <= 2000; ms += 5) each.note(ms * 100, ms);
    // The host stood still for a second, and the instrument heard 30 ms late that it should stop.
    each.stop(3000);
    for (let ms = 2005; ms <= 3030; ms += 5) each.note(ms * 100, 3000 + ms / 10);
    expect(each.unaccounted()).toBe(0);
  });

  it('shows samples that are missing at the end', () => {
    const each = new SampleClock(RATE_HZ, 0);
    for (let ms = 5; ms <= 2500; ms += 5) each.note(ms * 100, ms);
    each.stop(3000);
    expect(each.unaccounted()).toBe(50_000);
  });

  it('does not miss the rest of a block at the end when samples come in blocks', () => {
    const each = new SampleClock(1000, 0);
    for (let ms = 1000; ms <= 5000; ms += 1000) each.note(ms, ms);
    each.stop(5900);
    expect(each.unaccounted()).toBe(0);
  });

  it('shows more samples than can have been taken', () => {
    expect(clock({ lossAtMs: 9000, loss: -3200 }).unaccounted()).toBeLessThan(-2900);
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

  it('says nothing of a measurement without samples', () => {
    const each = new SampleClock(RATE_HZ, 0);
    each.stop(10);
    expect(each.place()).toBeUndefined();
    expect(each.unaccounted()).toBe(0);
  });
});
