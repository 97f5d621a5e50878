import { type PowerPhase, powerPlanSchema } from '@greenrack/farm-protocol';
import { describe, expect, it } from '@jest/globals';
import {
  edgesOf,
  findPhase,
  judgeLimits,
  measureSpan,
  type RunMarks,
  TraceWriter,
} from '../../src/index.js';
import { header, joined, reader } from '../trace/support.js';

const SAMPLES = 20_000;
const RATE_HZ = 100_000;

/** D0 is high for 2 ms from 10 ms on and for 1 ms from 50 ms on; D7 is low from 100 to 150 ms. 5 µA while D7 is high. */
async function trace() {
  const parts: Uint8Array[] = [];
  const writer = new TraceWriter(header(4096, { kind: 'float32' }), (bytes) => parts.push(bytes));
  const isIn = (i: number, fromMs: number, toMs: number) => i >= fromMs * 100 && i < toMs * 100;
  const isAwake = (i: number) => isIn(i, 100, 150);
  const currentUa = Float32Array.from({ length: SAMPLES }, (_, i) => (isAwake(i) ? 8000 : 5));
  const digital = Uint8Array.from({ length: SAMPLES }, (_, i) => {
    const isPulse = isIn(i, 10, 12) || isIn(i, 50, 51) || isIn(i, 150, 152);
    return (isPulse ? 1 : 0) | (isAwake(i) ? 0 : 0x80);
  });
  writer.push({ codes: new Uint32Array(currentUa.buffer), currentUa, digital });
  writer.end([]);
  return await reader(joined(parts));
}

const marks: RunMarks = {
  console: [
    { text: 'mbed> TX_DONE', sample: 5000 },
    { text: 'TX_DONE again', sample: 15_000 },
  ],
  cases: [{ name: 'sends', from: 9000, to: 15_500 }],
};

async function found(phase: Omit<PowerPhase, 'name'>) {
  const named = { name: 'it', ...phase };
  const edges = await edgesOf(await trace(), named);
  const { spans, missing } = findPhase(named, { marks, edges, sampleRateHz: RATE_HZ });
  return missing ?? spans.map(({ from, to }) => [from, to]);
}

describe('a phase of a run', () => {
  it.each<[string, Omit<PowerPhase, 'name'>, number[][] | string]>([
    ['the beginning', { forMs: 10 }, [[0, 1000]]],
    [
      'a line',
      { from: { line: 7, edge: 'fall' }, to: { line: 7, edge: 'rise' } },
      [[10_000, 15_000]],
    ],
    [
      'another line',
      { from: { line: 7, edge: 'fall' }, to: { line: 0, edge: 'fall' } },
      [[10_000, 15_200]],
    ],
    [
      'a line each time',
      { from: { line: 0, edge: 'rise' }, forMs: 2 },
      [
        [1000, 1200],
        [5000, 5200],
        [15_000, 15_200],
      ],
    ],
    ['its start code', { from: { line: 0, pulseMs: 1 }, forMs: 1 }, [[5100, 5200]]],
    [
      'the console',
      { from: { console: 'TX_DONE' }, skipMs: 1, forMs: 20 },
      [
        [5100, 7100],
        [15_100, 17_100],
      ],
    ],
    ['a case', { from: { caseBegin: 'sends' }, to: { caseEnd: 'sends' } }, [[9000, 15_500]]],
    [
      'a mark that does not come a second time',
      { from: { console: 'TX_DONE' }, to: { line: 7, edge: 'fall' } },
      [[5000, 10_000]],
    ],
    [
      'a mark that does not come',
      { from: { console: 'READY' }, forMs: 1 },
      'its beginning did not come',
    ],
    [
      'an end that does not come',
      { from: { line: 7, edge: 'rise' }, to: { console: 'READY' } },
      'its end did not come',
    ],
  ])('is found by %s', async (_, phase, spans) => {
    expect(await found(phase)).toEqual(spans);
  });
});

describe('a bound of a phase', () => {
  const asleep = { from: 0, to: 10_000 };
  const awake = { from: 10_000, to: 15_000 };

  async function outcome(
    bounds: Parameters<typeof judgeLimits>[0],
    spans = [asleep],
    missing?: string,
  ) {
    const all = await trace();
    const measured = await Promise.all(spans.map((span) => measureSpan(all, span)));
    return judgeLimits(bounds, { name: 'rest', measured, missing, floorUa: 0.2 })[0];
  }

  it('holds when each time is below it', async () => {
    expect(await outcome({ meanUa: 10 }, [asleep, asleep])).toEqual({
      limit: 'rest: mean < 10 uA',
      outcome: 'holds',
      why: 'mean is 5 uA',
    });
  });

  it('fails when one time is not, whatever became of the others', async () => {
    const spans = [asleep, awake, { from: 0, to: SAMPLES + 1 }];
    expect(await outcome({ chargeUc: 100 }, spans)).toMatchObject({
      outcome: 'fails',
      why: 'charge is 400 uC, not below 100',
    });
  });

  it.each<[string, Promise<unknown>, RegExp]>([
    [
      'the phase did not come',
      outcome({ meanUa: 10 }, [], 'its beginning did not come'),
      /beginning/,
    ],
    ['one time was not measured', outcome({ meanUa: 10 }, [asleep, { from: 5, to: 5 }]), /shorter/],
    ['the instrument is blind there', outcome({ p99Ua: 0.1 }, []), /nothing below 0.2 uA/],
  ])('is not evaluated when %s', async (_, judged, why) => {
    expect(await judged).toMatchObject({
      outcome: 'notEvaluated',
      why: expect.stringMatching(why),
    });
  });
});

describe('what a run says of its phases', () => {
  it.each<[string, object]>([
    ['no end', { name: 'a' }],
    ['two ends', { name: 'a', forMs: 1, to: { console: 'x' } }],
    ['two marks in one', { name: 'a', forMs: 1, from: { console: 'x', line: 1, edge: 'rise' } }],
    ['a line without an edge', { name: 'a', forMs: 1, from: { line: 1 } }],
    ['an edge of the console', { name: 'a', forMs: 1, from: { console: 'x', edge: 'rise' } }],
    ['no bound', { name: 'a', forMs: 1, below: {} }],
  ])('is refused when it has %s', (_, phase) => {
    expect(powerPlanSchema.safeParse({ phases: [phase] }).success).toBe(false);
  });
});
