import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  analyseSeries,
  ChangeTrack,
  gaussian,
  keptFindings,
  type MeasuredPoint,
  NULL_KINDS,
  type NullKind,
  noiseProfileOf,
  nullSeries,
  predictionPValue,
  seededRandom,
} from '../src/index.js';

function changesOf(values: Iterable<number>): number[] {
  const track = new ChangeTrack();
  for (const value of values) track.append(value);
  return track.changes().map(({ at }) => at);
}

const NOISY = { kind: 'noisy', direction: 'lower' } as const;
let clock = 0;
const point = (value: number, image: number | string, more: Partial<MeasuredPoint> = {}) => ({
  ...{ value, imageSha256: String(image), environment: 'env', commitMs: null, atMs: ++clock },
  ...more,
});

describe('the search for changes', () => {
  const SERIES = 500;
  const LIMITS: Record<NullKind, number> = {
    ...{ gaussian: 0.01, 'heavy-tailed': 0.01, outliers: 0.01, quantised: 0.01 },
    ...{ autoregressive: 0.05, 'daily drift': 0.05 },
  };
  it.each(NULL_KINDS)('finds next to nothing in %s noise without a change', (kind) => {
    const random = seededRandom(20_261_130);
    let alarms = 0;
    for (let i = 0; i < SERIES; i++)
      if (changesOf(nullSeries(kind, 100, random)).length > 0) alarms++;
    expect(alarms / SERIES).toBeLessThanOrEqual(LIMITS[kind]);
  });

  it.each([
    [3, 3],
    [1.5, 8],
  ])('finds a step of %dσ within %d builds, in the median', (step, limit) => {
    const random = seededRandom(7);
    const delays: number[] = [];
    for (let i = 0; i < 100; i++) {
      const track = new ChangeTrack();
      for (let j = 0; j < 50; j++) track.append(gaussian(random));
      let delay = 0;
      do track.append(gaussian(random) + step);
      while (++delay < 40 && !track.changes().some(({ at }) => at >= 45));
      delays.push(delay);
    }
    expect(delays.sort((a, b) => a - b)[50]).toBeLessThanOrEqual(limit);
  });

  it('never finds a change in one or two last values, however far they are', () => {
    const random = seededRandom(3);
    const quiet = Array.from({ length: 50 }, () => gaussian(random));
    expect(changesOf([...quiet, 1000])).toEqual([]);
    expect(changesOf([...quiet, 1000, 1000])).toEqual([]);
    expect(changesOf([...quiet, 1000, 1000, 1000])).toEqual([50]);
  });

  it('finds several levels, and a short stay at another one', () => {
    const random = seededRandom(5);
    const levels = [0, 0, 0, 8, 8, 3, 3, 3, 12, 3, 3, 3];
    const values = levels.flatMap((level) =>
      Array.from({ length: 10 }, () => level + gaussian(random)),
    );
    const found = changesOf(values);
    for (const expected of [30, 50, 80, 90])
      expect(found.some((at) => Math.abs(at - expected) <= 2)).toBe(true);
  });

  it('says the same whether it was asked after every value or once', () => {
    const random = seededRandom(11);
    const track = new ChangeTrack();
    const values: number[] = [];
    for (let i = 0; i < 900; i++) {
      values.push(gaussian(random) + (i > 300 ? 4 : 0) + (i > 700 ? 4 : 0));
      track.append(values.at(-1) ?? 0);
      track.changes();
    }
    expect(track.changes().map(({ at }) => at)).toEqual(changesOf(values));
  });
});

describe('public series', () => {
  const read = (name: string) => readFileSync(join(import.meta.dirname, 'data', name), 'utf8');
  const control = (n: number): number[] =>
    JSON.parse(read(`quality_control_${n}.json`)).series[0].raw;

  it('with one change have it found, and those with none have none', () => {
    expect(changesOf(control(2))).toEqual([97]);
    expect(changesOf(control(5))).toEqual([]);
  });

  it('of real throughput: the shifts near 92 and 150, and not the lone outlier at 10', () => {
    const found = changesOf(JSON.parse(read('tigerbeetle.json')).series);
    for (const expected of [15, 71, 92, 150])
      expect(found.some((at) => Math.abs(at - expected) <= 5)).toBe(true);
    expect(found).not.toContain(10);
  });

  it('of ten builds: the metric that drops at row 7, and not the other', () => {
    const rows = read('sample.csv').trim().split('\n').slice(1);
    const column = (n: number) => rows.map((row) => Number(row.split(',')[n]));
    expect([changesOf(column(2)), changesOf(column(3))]).toEqual([[], [6]]);
  });
});

describe('an analysis of builds', () => {
  it('never alarms for one image, however its measurements differ', () => {
    const random = seededRandom(1);
    const points = Array.from({ length: 10_000 }, (_, i) => point(gaussian(random) + i / 100, 'a'));
    expect(analyseSeries(points, NOISY)).toMatchObject({ changes: [], suspects: [] });
  });

  it('tells a regression from an improvement by the metric’s direction', () => {
    const random = seededRandom(2);
    const points = Array.from({ length: 40 }, (_, i) =>
      point(100 + gaussian(random) + (i < 20 ? 0 : 20), i),
    );
    const effects = (['lower', 'higher', 'none'] as const).map((direction) =>
      analyseSeries(points, { kind: 'noisy', direction }).changes.map(({ effect }) => effect),
    );
    expect(effects).toEqual([['regression'], ['improvement'], ['change']]);
  });

  it('takes every difference of an exact metric for a change, at once', () => {
    const points = [500, 500, 501, 501].map((value, i) => point(value, i));
    const { changes } = analyseSeries(points, { kind: 'exact', direction: 'lower' });
    expect(changes).toMatchObject([{ before: 500, after: 501, p: 0, build: { imageSha256: '2' } }]);
  });

  it('does not believe a metric to be exact that differs between runs of one image', () => {
    const points = [point(500, 'a'), point(501, 'a'), point(502, 'b')];
    const found = analyseSeries(points, { kind: 'exact', direction: 'lower' });
    expect(found).toMatchObject({ kind: 'noisy', changes: [] });
  });

  it('lets a near-exact metric differ by one count, and by no more', () => {
    const by = (shift: number) =>
      analyseSeries(
        Array.from({ length: 20 }, (_, i) => point(100 + (i < 10 ? 0 : shift), i)),
        { kind: 'near-exact', direction: 'lower' },
      ).changes.length;
    expect([by(1), by(2)]).toEqual([0, 1]);
  });

  it('compares no builds of different environments', () => {
    const points = Array.from({ length: 40 }, (_, i) =>
      point(i < 20 ? 100 + (i % 3) : 200 + (i % 3), i, { environment: i < 20 ? 'old' : 'new' }),
    );
    expect(analyseSeries(points, NOISY)).toMatchObject({ changes: [], environments: 2 });
  });

  it('orders builds by their commits, whenever they were measured', () => {
    const points = Array.from({ length: 40 }, (_, i) =>
      point((i < 20 ? 0 : 100) + (i % 3), i, { commitMs: i * 1000 }),
    );
    const late = points[3] ?? point(0, 3);
    const found = analyseSeries([...points, { ...late, imageSha256: 'x', atMs: 1e9 }], NOISY);
    expect(found.changes).toMatchObject([{ build: { imageSha256: '20' } }]);
  });

  it('suspects a last build that stands apart', () => {
    const points = Array.from({ length: 20 }, (_, i) => point(100 + (i % 5), i));
    const found = analyseSeries([...points, point(150, 'odd')], NOISY);
    expect(found).toMatchObject({ changes: [], suspects: [{ imageSha256: 'odd' }] });
  });
});

describe('levels that are claimed', () => {
  it.each([3, 5, 10, 20, 50])('hold for %d values before a new one', (n) => {
    const random = seededRandom(n);
    const tries = 20_000;
    let below = 0;
    for (let i = 0; i < tries; i++) {
      const base = Float64Array.from({ length: n }, () => gaussian(random));
      if (predictionPValue(base, gaussian(random)) < 0.05) below++;
    }
    expect(below / tries / 0.05).toBeGreaterThan(0.8);
    expect(below / tries / 0.05).toBeLessThan(1.2);
  });

  it('keep findings of many series only as far as few of them are false', () => {
    expect(keptFindings([0.001, 0.02, 0.04, 0.9], 0.05)).toEqual([true, true, false, false]);
    expect(keptFindings([], 0.05)).toEqual([]);
  });
});

describe('a profile of noise', () => {
  const random = seededRandom(9);
  it.each([
    ['quiet', () => 1000 + gaussian(random) * 0.01],
    ['noisy', () => 100 + gaussian(random)],
    ['bimodal', () => (random() < 0.5 ? 100 : 120) + gaussian(random)],
    ['drifting', (i: number) => 100 + i / 2 + gaussian(random)],
  ] as const)('is %s', (profile, next) => {
    expect(noiseProfileOf(Float64Array.from({ length: 60 }, (_, i) => next(i)))).toBe(profile);
  });
});
