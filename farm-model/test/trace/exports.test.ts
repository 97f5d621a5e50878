import { describe, expect, it } from '@jest/globals';
import { ppk2Metadata, ppk2Minimap, ppk2Session, traceCsv, traceVcd } from '../../src/index.js';
import { reader, recorded } from './support.js';

const whole = recorded(70_000, 4096);
const all = { from: 0, to: whole.codes.length };

async function text(parts: AsyncIterable<string>): Promise<string> {
  let joined = '';
  for await (const part of parts) joined += part;
  return joined;
}

describe('an exported trace', () => {
  it('is a table of current and lines, and nan where nothing was measured', async () => {
    const lines = (await text(traceCsv(await reader(whole.bytes), { from: 15, to: 23 }))).split(
      '\n',
    );
    expect(lines.slice(0, 7)).toEqual([
      'Timestamp(ms),Current(uA),D0,D1,D2,D3,D4,D5,D6,D7',
      ...['0.000,', '0.010,', '0.020,', '0.030,', '0.040,'].map((at) => `${at}nan,1,0,0,0,0,0,0,0`),
      expect.stringMatching(/^0\.050,9\d{3}\.\d{3},1,0,0,0,0,0,0,0$/),
    ]);
  });

  it('is a value change dump whose lines change where the samples do', async () => {
    const dump = await text(traceVcd(await reader(whole.bytes), all));
    expect(dump).toContain('$timescale 1 us $end');
    let at = 0;
    const edges: number[] = [];
    for (const line of dump.split('\n')) {
      if (line.startsWith('#')) at = Number(line.slice(1)) / 10;
      if (/^[01]!$/.test(line)) edges.push(at);
    }
    const level = (i: number) => (whole.digital[i] ?? 0) & 1;
    const expected = [...whole.digital.keys()].filter((i) => i === 0 || level(i) !== level(i - 1));
    expect(edges).toEqual(expected);
  });

  it('has frames of a .ppk2 file, byte by byte', async () => {
    const parts: Uint8Array[] = [];
    for await (const part of ppk2Session(await reader(whole.bytes), { from: 18, to: 22 }))
      parts.push(part);
    const bytes = Buffer.concat(parts);
    expect(bytes).toHaveLength(24);
    expect(bytes.readFloatLE(0)).toBeNaN();
    expect(bytes.readFloatLE(12)).toBe(whole.currentUa[20]);
    // D0 high and the others low: the pairs 01 … 01 10.
    expect([...bytes.subarray(16, 18)]).toEqual([0x55, 0x56]);
  });

  it('has the other members of a .ppk2 file', async () => {
    const trace = await reader(whole.bytes);
    expect(JSON.parse(ppk2Metadata(trace, { from: 100_000 / 2, to: all.to }))).toEqual({
      metadata: { samplesPerSecond: 100_000, startSystemTime: 1_796_000_000_500 },
      formatVersion: 2,
    });
    const { data, maxNumberOfElements } = JSON.parse(await ppk2Minimap(trace, all)) as {
      data: { length: number; min: { x: number; y: number }[]; max: { x: number; y: number }[] };
      maxNumberOfElements: number;
    };
    expect(maxNumberOfElements).toBe(10_000);
    expect(data.length).toBeLessThanOrEqual(10_000);
    expect([data.min.length, data.max.length]).toEqual([data.length, data.length]);
    expect(Math.min(...data.min.map(({ y }) => y ?? 200))).toBeGreaterThanOrEqual(200);
    expect(Math.max(...data.max.map(({ y }) => y ?? 0))).toBeCloseTo(
      1000 * Math.max(...whole.currentUa.filter((ua) => !Number.isNaN(ua))),
      -1,
    );
  });
});
