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

  async function run(image: string) {
    const [where = board] = rig.controller.boards;
    const { attemptId } = await rig.begin(where, image);
    const end = await rig.controller.ended(attemptId);
    const { events, traces } = rig.controller.kept(attemptId);
    const metrics = events.flatMap(({ body }) => (body.type === 'metric' ? [body.metric] : []));
    const of = (name: string) =>
      metrics.find((each) => each.name === name && each.caseName === undefined)?.value ??
      Number.NaN;
    const bytes = new Uint8Array(traces.get('trace-power') ?? Buffer.alloc(0));
    const read = async (at: number, length: number) => bytes.slice(at, at + length);
    const trace = await TraceReader.open({ size: bytes.length, read });
    expect(trace.footer).toMatchObject({ missing: 0, faults: [] });
    return { verdict: end.verdict, of, trace };
  }

  /** The least current at samples at which one of these lines is high; undefined when none ever is. */
  async function leastWith(trace: TraceReader, lines: number): Promise<number | undefined> {
    const { digital, currentUa } = await trace.raw({ from: 0, to: trace.samples });
    const own = currentUa.filter((_, i) => ((digital[i] ?? 0) & lines) === lines);
    return own.length === 0 ? undefined : own.reduce((least, ua) => Math.min(least, ua));
  }

  it('takes more when its firmware has lost its sleep mode, though every case passes', async () => {
    const good = await run('power_sleep.elf');
    const bad = await run('power_sleep_lost.elf');
    expect([good.verdict, bad.verdict]).toEqual(['pass', 'pass']);
    expect(bad.of('power.charge')).toBeGreaterThan(good.of('power.charge'));
    expect(good.of('power.floor')).toBeLessThan(10);
    expect(bad.of('power.floor')).toBeGreaterThan(850);
    expect(good.trace.header.meter).toMatchObject({
      instrument: 'virtual',
      supply: { mv: 3000, basis: 'set' },
    });
  });

  it('takes more when a sensor is left on', async () => {
    const asleepWithSensor = (1 << 7) | (1 << 3);
    const good = await run('power_sleep.elf');
    const bad = await run('power_sensor_left_on.elf');
    expect(await leastWith(good.trace, asleepWithSensor)).toBeUndefined();
    const least = await leastWith(bad.trace, asleepWithSensor);
    expect(least).toBeGreaterThan(605 - 10);
    // What the core did is shown some ms later: on a busy machine a little of it falls into the sleep.
    expect(least).toBeLessThan(605 + 100);
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
