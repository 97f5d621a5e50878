import { TraceReader } from '@greenrack/farm-model';
import type { AttemptEvent, PowerPhase } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Ppk2Emulator } from '../../e2e/src/emulators/ppk2-emulator.js';
import { burst, square } from '../../e2e/src/emulators/waveform.js';
import { boardSpec, M3 } from './support/assignments.js';
import { TestAgent } from './support/test-agent.js';

/** A busy machine may take seconds to start an emulator or a process. */
jest.setTimeout(180_000);
const SUPPLY_MV = 3300;
const waveform = square(1000, 10, [1000, 3000]);
/** Instruments and agent are one process here, which a busy machine may keep waiting for seconds. */
const patient = { waveform, pace: 'realtime', fifoBytes: 64 * 1024 * 1024 } as const;

/** How long each case took, as the agent saw it. */
function spansOf(events: readonly AttemptEvent[]): Map<string, number> {
  const began = new Map<string, number>();
  const spans = new Map<string, number>();
  for (const { body, atUs } of events) {
    if (body.type === 'caseBegin') began.set(body.name, atUs);
    if (body.type === 'caseEnd') spans.set(body.name, atUs - (began.get(body.name) ?? atUs));
  }
  return spans;
}

describe('a board with a power meter', () => {
  let ppk: Ppk2Emulator;
  let clipping: Ppk2Emulator;
  let bursting: Ppk2Emulator;
  let rig: TestAgent;
  const board = (serial: string, path: string) =>
    boardSpec(serial, M3, { meter: { kind: 'ppk2', path, supplyMv: SUPPLY_MV } });

  beforeAll(async () => {
    ppk = await Ppk2Emulator.start(patient);
    const faults = [{ kind: 'clip' as const, at: 5000 }];
    clipping = await Ppk2Emulator.start({ ...patient, faults });
    bursting = await Ppk2Emulator.start({ ...patient, waveform: burst(10_000, 1000, 40) });
    rig = await TestAgent.start([
      board('bursting', bursting.path),
      board('measured', ppk.path),
      board('clipped', clipping.path),
      board('unplugged', '/dev/greenrack-no-meter'),
    ]);
  });
  afterAll(async () => {
    await rig.stop();
    await ppk.close();
    await clipping.close();
    await bursting.close();
  });

  async function run(serial: string, phases?: PowerPhase[]) {
    const where = rig.controller.boards.find((each) => each.serial === serial);
    if (!where) throw new Error(`no board ${serial}`);
    const { attemptId } = await rig.begin(where, 'pass.elf', phases ? { power: { phases } } : {});
    const end = await rig.controller.ended(attemptId);
    const { events, traces } = rig.controller.kept(attemptId);
    const bodies = events.map(({ body }) => body);
    const metrics = bodies.flatMap((body) => (body.type === 'metric' ? [body.metric] : []));
    const notes = bodies.flatMap((body) => (body.type === 'note' ? [body.text] : []));
    const power = metrics.filter(({ name }) => name.startsWith('power.'));
    const judged = bodies.flatMap((body) =>
      body.type === 'caseEnd' && body.name.startsWith('power of ')
        ? [[body.name, body.verdict, body.failures[0]?.message]]
        : [],
    );
    return {
      end,
      power,
      notes,
      judged,
      trace: traces.get('trace-power'),
      spansUs: spansOf(events),
    };
  }

  it('has the trace of a run, whole and sealed', async () => {
    const { end, trace = Buffer.alloc(0) } = await run('measured');
    expect(end.verdict).toBe('pass');
    const instrument = /^ppk2, HW 49625, calibration [0-9a-f]{8}, 3300 mV set$/;
    expect(end.environment?.meter).toMatch(instrument);
    expect(end.streams?.map(({ name, bytes }) => [name, bytes])).toContainEqual([
      'trace-power',
      trace.length,
    ]);
    const bytes = new Uint8Array(trace);
    const read = async (at: number, length: number) => bytes.slice(at, at + length);
    const reader = await TraceReader.open({ size: bytes.length, read });
    expect(reader.footer).toMatchObject({ missing: 0, faults: [] });
    const { sumUa, valid } = await reader.sum({ from: 0, to: reader.samples });
    expect(Math.abs(sumUa / valid / 2000 - 1)).toBeLessThan(0.01);
  });

  it('has charge, energy and mean of the run and of its cases as metrics', async () => {
    const { power, spansUs } = await run('measured');
    const names = ['charge', 'energy', 'mean', 'floor', 'p99', 'p99.9'].map(
      (each) => `power.${each}`,
    );
    // A busy machine may read the begin and the end of a case at once: then there is nothing to measure.
    const measured = [...spansUs].filter(([, us]) => us >= 20).map(([name]) => name);
    for (const caseName of [undefined, ...measured]) {
      const own = power.filter((each) => each.caseName === caseName);
      expect(own.map(({ name }) => name)).toEqual(names);
      const [charge = 0, energy = 0, mean = 0] = own.map(({ value }) => value);
      expect(energy).toBeCloseTo((charge * SUPPLY_MV) / 1e6, 6);
      expect(mean).toBeGreaterThan(980);
      expect(mean).toBeLessThan(3060);
    }
    const [, , mean = 0, floor = 0, p99 = 0] = power.map(({ value }) => value);
    expect(Math.abs(mean / 2000 - 1)).toBeLessThan(0.01);
    expect(Math.abs(floor / 1000 - 1)).toBeLessThan(0.02);
    expect(Math.abs(p99 / 3000 - 1)).toBeLessThan(0.02);
  });

  it('has no metric of what was clipped, and says why', async () => {
    const { end, power, notes } = await run('clipped');
    expect(end.verdict).toBe('pass');
    expect(power.filter(({ caseName }) => caseName === undefined)).toEqual([]);
    expect(notes).toContainEqual(
      expect.stringMatching(/^power: the run is not evaluated: .*at its limit at 1 samples/),
    );
  });

  it('runs without its meter, and says what to do about that', async () => {
    const { end, power, notes, trace } = await run('unplugged');
    expect(end.verdict).toBe('pass');
    expect({ power, trace }).toEqual({ power: [], trace: undefined });
    expect(notes).toContainEqual(expect.stringMatching(/^power: not measured: .*Check its cable/));
  });

  it('measures its phases each time, cut by lines to a sample, and judges them by their bounds', async () => {
    const sleep = { line: 0, edge: 'fall' } as const;
    const wake = { line: 0, edge: 'rise' } as const;
    const { end, power, judged, notes } = await run('bursting', [
      { name: 'sleep', from: sleep, to: wake, below: { meanUa: 10, durationMs: 9.7 } },
      { name: 'burst', from: wake, to: sleep, below: { meanUa: 5000 } },
      { name: 'coded', from: { line: 0, pulseMs: 0.4 }, skipMs: 1, forMs: 2 },
    ]);
    const of = (name: string) =>
      power.filter((each) => each.name === name).map(({ value }) => value);
    expect(new Set(of('power.sleep.duration'))).toEqual(new Set([9600]));
    expect(new Set(of('power.burst.duration'))).toEqual(new Set([400]));
    for (const mean of [...of('power.sleep.mean'), ...of('power.coded.mean')])
      expect(Math.abs(mean - 3)).toBeLessThan(0.01);
    expect(judged).toEqual([
      ['power of sleep: mean < 10 uA', 'pass', undefined],
      ['power of sleep: duration < 9.7 ms', 'pass', undefined],
      [
        'power of burst: mean < 5000 uA',
        'fail',
        expect.stringMatching(/^burst: .*: mean is 81\d\d uA, not below 5000$/),
      ],
    ]);
    expect(end).toMatchObject({ verdict: 'fail', reason: 'completed' });
    expect(notes).toContainEqual(
      expect.stringMatching(
        /^power: phase burst: mean 81\d\d ± .* peak .* within 50 kHz, supply 3300 mV \(set\)$/,
      ),
    );
  });

  it.each<[string, string, PowerPhase, RegExp]>([
    [
      'nothing measures the board',
      'unplugged',
      { name: 'run', forMs: 10, below: { meanUa: 10 } },
      /nothing measured the board/,
    ],
    [
      'the phase does not come',
      'bursting',
      { name: 'tx', from: { console: 'TX_DONE' }, forMs: 20, below: { energyMj: 1 } },
      /its beginning did not come/,
    ],
    [
      'it reaches beyond the recording',
      'bursting',
      { name: 'long', forMs: 80_000_000, below: { chargeUc: 1e9 } },
      /beyond what was recorded/,
    ],
  ])(
    'is neither pass nor fail when a bound cannot be judged because %s',
    async (_, serial, phase, why) => {
      const { end, judged } = await run(serial, [phase]);
      expect(end).toMatchObject({ verdict: 'infra', reason: 'meterFailed' });
      expect(end.message).toMatch(/not evaluated because/);
      expect(judged).toEqual([[expect.any(String), 'infra', expect.stringMatching(why)]]);
    },
  );

  it('is cut by lines of the console and by cases', async () => {
    const { end, power } = await run('bursting', [
      { name: 'boot', to: { console: '{{__testcase_count' } },
      { name: 'most', to: { caseEnd: 'clock wakes the core' } },
    ]);
    expect(end.verdict).toBe('pass');
    const names = power.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['power.boot.energy', 'power.most.mean']));
  });
});
