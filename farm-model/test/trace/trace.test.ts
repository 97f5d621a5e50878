import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TraceReader } from '../../src/index.js';
import { inMemory, type Recorded, reader, recorded } from './support.js';

const CHUNK = 256;
const GROUP = 64 * CHUNK;
const whole = recorded(3 * GROUP + 1234, CHUNK);

/** What the buckets of a window must be, from the samples. */
function expected({ currentUa, digital }: Recorded, from: number, to: number) {
  const there = [...currentUa.subarray(from, to)].filter((ua) => !Number.isNaN(ua));
  const lines = [...digital.subarray(from, to)];
  return {
    min: there.length > 0 ? Math.min(...there) : Number.NaN,
    max: there.length > 0 ? Math.max(...there) : Number.NaN,
    sum: there.reduce((sum, ua) => sum + ua, 0),
    valid: there.length,
    high: lines.reduce((all, each) => all | each, 0),
    low: lines.reduce((all, each) => all & each, 255),
  };
}

describe('a trace', () => {
  it('gives every sample back as it was', async () => {
    const trace = await reader(whole.bytes);
    expect(trace.samples).toBe(whole.codes.length);
    const raw = await trace.raw({ from: 0, to: trace.samples });
    expect(raw.codes).toEqual(whole.codes);
    expect(raw.digital).toEqual(whole.digital);
    expect(raw.currentUa).toEqual(whole.currentUa);
  });

  it('knows what is missing and what was clipped', () => {
    const missing = whole.currentUa.filter((ua) => Number.isNaN(ua)).length;
    expect(whole.footer).toMatchObject({ samples: whole.codes.length, missing });
    expect(whole.footer.clipped).toBeGreaterThan(0);
  });

  it('shows any window at any zoom as the samples are', async () => {
    const trace = await reader(whole.bytes);
    const span = fc.tuple(
      fc.nat(whole.codes.length - 2),
      fc.integer({ min: 1, max: whole.codes.length }),
    );
    await fc.assert(
      fc.asyncProperty(span, fc.integer({ min: 1, max: 300 }), async ([from, length], points) => {
        const to = Math.min(whole.codes.length, from + length);
        const window = await trace.window({ from, to }, points);
        expect(window.points.length).toBeLessThanOrEqual(points + 2);
        expect(window.firstSample).toBeLessThanOrEqual(from);
        expect(
          window.firstSample + window.points.length * window.samplesPerPoint,
        ).toBeGreaterThanOrEqual(to);
        const i = Math.floor(window.points.length / 2);
        const at = window.firstSample + i * window.samplesPerPoint;
        const { min, max, sum, valid, ...lines } = expected(whole, at, at + window.samplesPerPoint);
        const { points: p } = window;
        expect([p.min[i], p.max[i], p.valid[i]]).toEqual([min, max, valid]);
        expect({ high: p.high[i], low: p.low[i] }).toEqual(lines);
        if (valid > 0) expect((p.mean[i] ?? 0) * valid).toBeCloseTo(sum, -1);
      }),
      { numRuns: 150, seed: 11 },
    );
  });

  it('shows all of itself from what stands at its end', async () => {
    const { size, read } = inMemory(whole.bytes);
    const places: number[] = [];
    const source = {
      size,
      read: (at: number, length: number) => {
        places.push(at);
        return read(at, length);
      },
    };
    const trace = await TraceReader.open(source);
    const { points } = await trace.window({ from: 0, to: trace.samples }, 3);
    expect(points.length).toBeGreaterThan(1);
    const firstChunk = Buffer.from(whole.bytes).indexOf('CHNK');
    const overview = Buffer.from(whole.bytes).lastIndexOf('OVEW');
    expect(places.filter((at) => at >= firstChunk && at < overview)).toEqual([]);
  });

  it('sums any span without a sample too many', async () => {
    const trace = await reader(whole.bytes);
    const place = fc.nat(whole.codes.length);
    await fc.assert(
      fc.asyncProperty(place, place, async (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const found = await trace.sum({ from, to });
        const { sum, valid } = expected(whole, from, to);
        expect(found.valid).toBe(valid);
        expect(Math.abs(found.sumUa - sum)).toBeLessThanOrEqual(1e-6 * Math.abs(sum) + 1e-6);
      }),
      { numRuns: 100, seed: 12 },
    );
  });

  it('is read as far as its writer came when that died', async () => {
    for (const cut of [0.2, 0.5, 0.9, 0.999]) {
      const trace = await reader(whole.bytes.slice(0, Math.floor(whole.bytes.length * cut)));
      expect(trace.footer).toBeUndefined();
      expect(trace.samples % CHUNK).toBeLessThan(CHUNK);
      const raw = await trace.raw({ from: 0, to: trace.samples });
      expect(raw.codes).toEqual(whole.codes.subarray(0, trace.samples));
      const { sum } = expected(whole, 0, trace.samples);
      expect((await trace.sum({ from: 0, to: trace.samples })).sumUa / sum).toBeCloseTo(1, 6);
    }
  });

  it('says that a chunk is damaged instead of showing it', async () => {
    const trace = await reader(whole.bytes);
    const damaged = whole.bytes.slice();
    const middle = Math.floor(damaged.length / 2);
    damaged.fill(0x5a, middle, middle + 64);
    const broken = await TraceReader.open(inMemory(damaged)).catch(() => undefined);
    if (broken)
      await expect(broken.raw({ from: 0, to: trace.samples })).rejects.toThrow(
        /damaged|no block|not the block/,
      );
  });

  it('refuses what is no trace', async () => {
    await expect(reader(new Uint8Array(0))).rejects.toThrow('no block');
    await expect(reader(new Uint8Array(4000).fill(255))).rejects.toThrow('not the block');
  });

  it('needs less than half of what its samples take in memory, hard as they are to pack', () => {
    expect(whole.bytes.length / whole.codes.length).toBeLessThan(2);
  });
});
