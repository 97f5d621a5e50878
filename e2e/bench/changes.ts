/*
 * How well changes in series are found: false alarms on noise without a change, delay after a step, the levels that are
 * claimed, re-runs of one image, and what 10 000 series cost. Others' methods run on the same series.
 */
import {
  analyseSeries,
  ChangeTrack,
  gaussian,
  NULL_KINDS,
  nullSeries,
  predictionPValue,
  seededRandom,
} from '@greenrack/farm-model';
import { confirmedRates } from './confirmed-rates.js';
import { report, say } from './report.js';
import { type Detector, eDivisive, potts, vote } from './rival-detectors.js';
import { round } from './stats.js';

const SEED = 20_261_130;
const SERIES = 1000;
const POINTS = 100;
const STEPS = 200;
const STEP_AT = 50;
const LATEST = 40;

const ours: Detector = (values) => {
  const track = new ChangeTrack();
  for (const value of values) track.append(value);
  return track.changes().map(({ at }) => at);
};
const DETECTORS = { ours, eDivisive, potts, vote };

/** Percent of series without a change in which one is found. */
function falseAlarms() {
  return Object.fromEntries(
    NULL_KINDS.map((kind) => {
      say(`false alarms: ${kind}`);
      const random = seededRandom(SEED);
      const all = Array.from({ length: SERIES }, () => nullSeries(kind, POINTS, random));
      return [`alarms, ${kind} (%)`, rates((find) => all.filter((one) => find(one).length > 0))];
    }),
  );
}

function rates(alarmed: (find: Detector) => readonly unknown[]): Record<string, number> {
  const entries = Object.entries(DETECTORS);
  return Object.fromEntries(
    entries.map(([name, find]) => [name, round((100 * alarmed(find).length) / SERIES)]),
  );
}

/** Builds from a step to when it is found, in the median and at the 90th percentile. */
function delays() {
  return Object.fromEntries(
    [3, 1.5].map((step) => {
      say(`delay after ${step} sigma`);
      const random = seededRandom(SEED);
      const all = Array.from({ length: STEPS }, () =>
        Float64Array.from(
          { length: STEP_AT + LATEST },
          (_, i) => gaussian(random) + (i < STEP_AT ? 0 : step),
        ),
      );
      const found = Object.entries(DETECTORS).map(([name, find]) => [name, quantiles(all, find)]);
      return [`delay, ${step} sigma (median/p90)`, Object.fromEntries(found)];
    }),
  );
}

function quantiles(all: readonly Float64Array[], find: Detector): string {
  const found = all.map((values) => delayOf(values, find)).sort((a, b) => a - b);
  return [0.5, 0.9].map((q) => found[Math.floor(q * found.length)]).join('/');
}

function delayOf(values: Float64Array, find: Detector): number {
  for (let delay = 1; delay < LATEST; delay++)
    if (find(values.subarray(0, STEP_AT + delay)).some((at) => Math.abs(at - STEP_AT) <= 5))
      return delay;
  return LATEST;
}

/** How often values like those before are called suspect, over how often they are said to be. */
function claims() {
  const tries = 100_000;
  const level = 0.01;
  return Object.fromEntries(
    [3, 5, 10, 20, 50].map((n) => {
      const random = seededRandom(SEED + n);
      let below = 0;
      for (let i = 0; i < tries; i++) {
        const base = Float64Array.from({ length: n }, () => gaussian(random));
        if (predictionPValue(base, gaussian(random)) < level) below++;
      }
      return [`n${n}`, round(below / tries / level)];
    }),
  );
}

/** What is left of what is found by looking after every build, once runs in turns have to confirm it. */
function confirmed() {
  say('confirmed by runs in turns');
  return Object.fromEntries(
    [0, 3, 1.5].map((step) => [`${step} sigma`, confirmedRates(SERIES, { seed: SEED, step })]),
  );
}

/** Changes and suspects in 10 000 measurements of one image. */
function reruns(): number {
  const random = seededRandom(SEED);
  const image = { imageSha256: 'a', environment: 'e', commitMs: null };
  const points = Array.from({ length: 10_000 }, (_, i) => ({
    ...{ ...image, value: gaussian(random) + i / 100, atMs: i },
  }));
  const { changes, suspects } = analyseSeries(points, { kind: 'noisy', direction: 'lower' });
  return changes.length + suspects.length;
}

/** 10 000 series of 1000 points, then one point more in each. */
function volume() {
  say('10 000 series of 1000 points');
  const random = seededRandom(SEED);
  const before = process.memoryUsage().rss;
  const began = performance.now();
  const tracks: ChangeTrack[] = [];
  for (let i = 0; i < 10_000; i++) {
    const track = new ChangeTrack();
    for (const value of nullSeries('gaussian', 1000, random)) track.append(value);
    track.changes();
    tracks.push(track);
  }
  const seconds = (performance.now() - began) / 1000;
  const appended = performance.now();
  for (const track of tracks) {
    track.append(0);
    track.changes();
  }
  const appendUs = (performance.now() - appended) / 10;
  const mebibytes = (process.memoryUsage().rss - before) / 2 ** 20;
  return { seconds: round(seconds), appendUs: round(appendUs), mebibytes: round(mebibytes) };
}

report('changes in series', {
  seed: SEED,
  series: SERIES,
  pointsEach: POINTS,
  ...falseAlarms(),
  ...delays(),
  'suspects per claimed, at 1 %': claims(),
  'series with a find, looked at after each build (%)': confirmed(),
  'alarms in 10000 re-runs': reruns(),
  '10000 series of 1000 points': volume(),
  goal: 'ours <= 1 % (gaussian, heavy-tailed, outliers), <= 5 % (autoregressive, drift); 3 sigma <= 3, 1.5 sigma <= 8',
});
