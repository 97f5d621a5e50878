import { TraceReader } from '@greenrack/farm-model';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { boardSpec, M3 } from './support/assignments.js';
import { TestAgent } from './support/test-agent.js';

jest.setTimeout(400_000);
const MODEL = {
  runUa: 8000,
  sleepUa: 900,
  deepSleep: { line: 7, ua: 5 },
  peripherals: [
    { name: 'radio', line: 2, addUa: 12_000 },
    { name: 'sensor', line: 3, addUa: 600 },
  ],
};
const METER = { kind: 'virtual', supplyMv: 3000, model: MODEL };

describe('a virtual board with a meter', () => {
  let rig: TestAgent;
  const board = boardSpec('metered', M3, { icountShift: 5, meter: METER });
  beforeAll(async () => {
    rig = await TestAgent.start([board]);
  });
  afterAll(() => rig.stop());

  /** A machine that keeps the agent waiting for seconds makes no measurement, and says so: then once more. */
  async function run(image: string, tries = 15): Promise<Awaited<ReturnType<typeof once>>> {
    const found = await once(image);
    const { faults, missing } = found.trace.footer ?? { faults: [], missing: 1 };
    return (faults.length === 0 && missing === 0) || tries === 1 ? found : run(image, tries - 1);
  }

  async function once(image: string) {
    const [where = board] = rig.controller.boards;
    const { attemptId } = await rig.begin(where, image);
    const end = await rig.controller.ended(attemptId);
    const { events, traces } = rig.controller.kept(attemptId);
    const metrics = events.flatMap(({ body }) => (body.type === 'metric' ? [body.metric] : []));
    const of = (name: string, caseName?: string) =>
      metrics.find((each) => each.name === name && each.caseName === caseName)?.value ?? Number.NaN;
    const bytes = new Uint8Array(traces.get('trace-power') ?? Buffer.alloc(0));
    const read = async (at: number, length: number) => bytes.slice(at, at + length);
    const trace = await TraceReader.open({ size: bytes.length, read });
    return { verdict: end.verdict, of, trace };
  }

  it('takes more when its firmware has lost its sleep mode, though every case passes', async () => {
    const rest = 'sleeps when it has nothing to do';
    const good = await run('power_sleep.elf');
    const bad = await run('power_sleep_lost.elf');
    expect([good.verdict, bad.verdict]).toEqual(['pass', 'pass']);
    expect(bad.of('power.charge', rest)).toBeGreaterThan(10 * good.of('power.charge', rest));
    expect(good.of('power.floor', rest)).toBeLessThan(10);
    expect(good.trace.header.meter).toMatchObject({
      instrument: 'virtual',
      supply: { mv: 3000, basis: 'set' },
    });
  });

  it('takes more when a sensor is left on', async () => {
    const measured = 'sleeps after a measurement';
    const good = await run('power_sleep.elf');
    const bad = await run('power_sensor_left_on.elf');
    const more = bad.of('power.floor', measured) - good.of('power.floor', measured);
    expect(Math.abs(more - 600)).toBeLessThan(30);
  });

  it('has the outputs of the firmware on the lines, and the bursts with them', async () => {
    const { trace, verdict } = await run('power_duty.elf');
    expect(verdict).toBe('pass');
    const { digital, currentUa } = await trace.raw({ from: 0, to: trace.samples });
    const rises = (bit: number) =>
      digital.filter((lines, i) => (lines >> bit) & 1 && !(((digital[i - 1] ?? 0) >> bit) & 1))
        .length;
    expect([rises(0), rises(2)]).toEqual([10, 10]);
    const duringBursts = currentUa.filter((_, i) => ((digital[i] ?? 0) >> 2) & 1);
    expect(Math.min(...duringBursts)).toBeGreaterThan(11_900);
  });
});
