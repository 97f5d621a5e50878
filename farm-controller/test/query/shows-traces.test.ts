import { TraceWriter } from '@greenrack/farm-model';
import { type TraceHeader, traceListSchema, traceWindowSchema } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openFolderArtifacts } from '../../src/artifacts/folder-artifacts.js';
import { StreamSealer } from '../../src/streams/stream-sealer.js';
import { ManualClock } from '../support/manual-clock.js';
import { quietLog } from '../support/stage-farm.js';
import { type Running, startRun } from '../web/support/attempts.js';
import { ask, askFor } from '../web/support/request.js';
import { startFarm, type TestFarm } from '../web/support/test-farm.js';

const SAMPLES = 400_000;
const LOST = { first: 200_000, count: 50 };
const HEADER: TraceHeader = {
  version: 1,
  startedAtMs: 1_796_000_000_000,
  chunkSamples: 1024,
  meter: {
    instrument: 'ppk2',
    coding: { kind: 'float32' },
    sampleRateHz: 100_000,
    digitalLines: 8,
    floorUa: 0.2,
    fullScaleUa: 1e6,
    bandwidthHz: 50_000,
    supply: { mv: 3000, basis: 'set' },
    faults: [],
  },
};
const CLOCK = { offsetUs: 1234.5, driftPpm: -8 };

/** 2 µA with a burst of 1000 µA in every 1000th ms, D0 high meanwhile. */
const isOn = (i: number): boolean => i % 100_000 < 700;
const currentUa = Float32Array.from({ length: SAMPLES }, (_, i) =>
  i >= LOST.first && i < LOST.first + LOST.count ? Number.NaN : isOn(i) ? 1000 : 2,
);

function trace(): Buffer {
  const parts: Uint8Array[] = [];
  const writer = new TraceWriter(HEADER, (bytes) => parts.push(bytes));
  writer.push({
    codes: new Uint32Array(currentUa.buffer),
    currentUa,
    digital: Uint8Array.from(currentUa, (_, i) => (isOn(i) ? 1 : 0)),
  });
  writer.gap({ ...LOST, cause: 'the counter jumped' });
  writer.end([], CLOCK);
  return Buffer.concat(parts);
}

let farm: TestFarm;
let run: Running;
beforeAll(async () => {
  farm = await startFarm();
  run = await startRun(farm);
  await farm.spool.append({ attemptId: run.attemptId, name: 'trace' }, 0, trace());
  await farm.spool.append({ attemptId: run.attemptId, name: 'trace-junk' }, 0, Buffer.alloc(5000));
});
afterAll(() => farm.close());

const path = (rest = ''): string => `/api/v1/runs/${run.runId}/attempts/1/traces${rest}`;
const windowOf = async (query: string) =>
  await askFor(traceWindowSchema, farm, { path: path(`/trace?${query}`), as: 'viewer' });
const status = async (rest: string) => (await ask(farm, path(rest), { as: 'viewer' })).status;

async function sealed(): Promise<void> {
  await run.end('pass');
  const sealer = new StreamSealer({
    ...{ streams: farm.store.streams, spool: farm.spool },
    ...{ artifacts: await openFolderArtifacts(farm.dir), clock: new ManualClock(), log: quietLog },
  });
  sealer.ended([run.attemptId]);
  await sealer.idle();
  await sealer.close();
}

describe('the traces of an attempt', () => {
  const windows = ['', 'points=4000', 'from=1000&to=3000&points=50', 'from=99000&to=350001'];

  it('are listed with their instrument, gaps, and place in time', async () => {
    const list = await askFor(traceListSchema, farm, { path: path(), as: 'viewer' });
    const { coding: _, ...meter } = HEADER.meter;
    expect(list.items).toEqual([
      {
        ...{ stream: 'trace', startedAtMs: HEADER.startedAtMs, samples: SAMPLES, complete: true },
        meter,
        footer: {
          ...{ samples: SAMPLES, missing: 50, clipped: 0, unnamedGaps: 0, faults: [] },
          gaps: [{ ...LOST, cause: 'the counter jumped' }],
          clock: CLOCK,
        },
      },
    ]);
    expect(list.unreadable).toEqual([
      { stream: 'trace-junk', why: expect.stringContaining('cannot be read as a trace') },
    ]);
  });

  it('show what the samples are, and the charge of exactly what was asked for', async () => {
    const window = await windowOf('from=99950&to=100800&points=85');
    expect(window).toMatchObject({ samplesPerPoint: 10, firstSample: 99_950, samples: SAMPLES });
    expect(window.maxUa.slice(0, 6)).toEqual([2, 2, 2, 2, 2, 1000]);
    expect(window.anyHigh.filter((lines) => lines === 1)).toHaveLength(70);
    const { chargeUc, meanUa, ...span } = window.span;
    expect(span).toMatchObject({ from: 99_950, to: 100_800, seconds: 0.0085, missing: 0 });
    expect(chargeUc).toBeCloseTo((700 * 1000 + 150 * 2) / 100_000, 6);
    expect(window.span.energyMj).toBeCloseTo((chargeUc * 3000) / 1e6, 9);
    expect(meanUa).toBeCloseTo((700 * 1000 + 150 * 2) / 850, 3);
  });

  it('have no energy where samples are missing', async () => {
    const window = await windowOf('from=199990&to=200060&points=7');
    expect(window.minUa).toEqual([2, null, null, null, null, null, 1000]);
    expect(window.span).toMatchObject({ missing: 50, energyMj: null });
  });

  it('are the same when they have left the spool', async () => {
    const before = await Promise.all(windows.map(windowOf));
    await sealed();
    expect(await farm.spool.files(run.attemptId)).toEqual([]);
    expect(await Promise.all(windows.map(windowOf))).toEqual(before);
    // What was opened once stays open.
    expect(await Promise.all(windows.map(windowOf))).toEqual(before);
  });

  it('refuse what is no window, and streams that are no traces', async () => {
    expect(await status('/trace?from=400000')).toBe(400);
    expect(await status('/trace?from=5&to=5')).toBe(400);
    expect(await status('/trace?points=4001')).toBe(400);
    expect(await status('/trace?points=1e9')).toBe(400);
    expect(await status('/console')).toBe(400);
    expect(await status('/trace-other')).toBe(404);
  });

  it('say that a stream is damaged instead of guessing', async () => {
    const other = await startRun(farm, 'virt-m3-02');
    const key = { attemptId: other.attemptId, name: 'trace' };
    await farm.spool.append(key, 0, trace().fill(0x5a, 200, 100_000));
    const answer = await ask(farm, `/api/v1/runs/${other.runId}/attempts/1/traces/trace?to=5000`, {
      as: 'viewer',
    });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('cannot be read as a trace');
  });
});
