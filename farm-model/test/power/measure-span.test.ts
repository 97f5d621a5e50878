import { describe, expect, it } from '@jest/globals';
import { measureSpan, powerMetrics, TraceWriter } from '../../src/index.js';
import { header, joined, reader, seeded } from '../trace/support.js';

const SAMPLES = 64_000;

interface Made {
  readonly currentUa?: (i: number) => number;
  readonly faults?: readonly string[];
  readonly isCutOff?: boolean;
  readonly hasSupply?: boolean;
}

/** A trace of currents in µA as they are. */
async function trace({ currentUa = () => 1000, faults = [], isCutOff, hasSupply = true }: Made) {
  const parts: Uint8Array[] = [];
  const { meter, ...rest } = header(4096, { kind: 'float32' });
  const { supply, ...unfed } = meter;
  const head = { ...rest, meter: hasSupply && supply ? { ...unfed, supply } : unfed };
  const writer = new TraceWriter(head, (bytes) => parts.push(bytes));
  const values = Float32Array.from({ length: SAMPLES }, (_, i) => currentUa(i));
  const codes = new Uint32Array(values.buffer);
  writer.push({ codes, currentUa: values, digital: new Uint8Array(SAMPLES) });
  if (!isCutOff) writer.end(faults);
  return await reader(joined(parts));
}

const all = { from: 0, to: SAMPLES };

async function measured(made: Made) {
  const found = await measureSpan(await trace(made), all);
  if (!found.isValid) throw new Error(found.why);
  return found.measure;
}

describe('a measured span', () => {
  it('has charge, and energy by the supply', async () => {
    const { chargeUc, energyMj, meanUa, seconds } = await measured({});
    expect([seconds, meanUa]).toEqual([0.64, 1000]);
    expect(chargeUc).toBeCloseTo(640, 6);
    expect(energyMj).toBeCloseTo(640e-6 * 3300, 6);
  });

  it('has no energy when nobody knows the supply', async () => {
    const measure = await measured({ hasSupply: false });
    expect(measure.energyMj).toBeUndefined();
    expect(powerMetrics(measure).map(({ name }) => name)).not.toContain('power.energy');
  });

  it('has an error of its mean that knows of slow changes', async () => {
    // Steps of a thousand samples: neighbours are alike, and σ/√n would be ten times too small.
    const levels = Float64Array.from({ length: 64 }, seeded(5));
    const { meanErrorUa = 0 } = await measured({
      currentUa: (i) => 1000 + 100 * (levels[Math.floor(i / 1000)] ?? 0),
    });
    const naive = (100 * Math.sqrt(1 / 12)) / Math.sqrt(SAMPLES);
    expect(meanErrorUa / naive).toBeGreaterThan(10);
  });

  it('knows sleep from work', async () => {
    const { quantiles, peakUa } = await measured({ currentUa: (i) => (i % 50 === 0 ? 9000 : 3) });
    expect(Math.abs((quantiles?.floorUa ?? 0) / 3 - 1)).toBeLessThan(0.02);
    expect(Math.abs((quantiles?.medianUa ?? 0) / 3 - 1)).toBeLessThan(0.02);
    expect(Math.abs((quantiles?.p99Ua ?? 0) / 9000 - 1)).toBeLessThan(0.02);
    expect(peakUa).toBe(9000);
  });

  it('has its own peak, not that of its neighbours', async () => {
    const made = await trace({ currentUa: (i) => (i === 1000 ? 9000 : 3) });
    const found = await measureSpan(made, { from: 1001, to: 1100 });
    expect(found).toMatchObject({ isValid: true, measure: { peakUa: 3 } });
  });

  it('has no floor below that of its instrument', async () => {
    const { quantiles } = await measured({ currentUa: (i) => (i % 50 === 0 ? 9000 : 0.1) });
    expect(quantiles).toMatchObject({ floorUa: undefined, medianUa: undefined });
  });

  it.each<[string, Made, typeof all, RegExp]>([
    ['lacks a sample', { currentUa: (i) => (i === 999 ? Number.NaN : 5) }, all, /1 of its 64000/],
    ['is of a doubtful trace', { faults: ['no calibration'] }, all, /no calibration/],
    ['is of a trace that was cut off', { isCutOff: true }, { from: 0, to: 4096 }, /cut off/],
    ['reaches beyond the trace', {}, { from: 10, to: SAMPLES + 1 }, /beyond/],
    ['is shorter than a sample', {}, { from: 10, to: 10 }, /shorter/],
  ])('is none when it %s', async (_, made, span, why) => {
    const found = await measureSpan(await trace(made), span);
    expect(found).toEqual({ isValid: false, why: expect.stringMatching(why) });
  });
});
