import type { MetricKind, SeriesPoint, SeriesView } from '@greenrack/farm-protocol';
import { medianOf } from '../median.js';
import { ChangeTrack } from './change-track.js';
import { type NoiseProfile, noiseProfileOf } from './noise-profile.js';
import { predictionPValue, suspects } from './suspicion.js';

/** What the analysis needs of a point. */
export type MeasuredPoint = Pick<
  SeriesPoint,
  'value' | 'imageSha256' | 'environment' | 'commitMs' | 'atMs'
>;

/** All that one image has measured in one environment. */
export interface MeasuredBuild {
  readonly imageSha256: string;
  readonly environment: string;
  /** Median over its points. */
  readonly value: number;
  /** By how much its points differ: nothing has changed between them, so this is noise. */
  readonly spread: number;
}

export interface SeriesChange {
  /** The first build of the new level. */
  readonly build: MeasuredBuild;
  readonly before: number;
  readonly after: number;
  readonly effect: 'regression' | 'improvement' | 'change';
  /** Chance of one like it where nothing has changed; 0 of an exact metric. */
  readonly p: number;
}

export interface SeriesAnalysis {
  readonly changes: readonly SeriesChange[];
  /** The latest builds that stand apart, too few to be a change. */
  readonly suspects: readonly MeasuredBuild[];
  /** What they are if they are a change. */
  readonly suspicion: SeriesChange | undefined;
  readonly profile: NoiseProfile;
  /** As it behaves: a metric that differs between runs of one image is not exact, whatever it says. */
  readonly kind: MetricKind;
  /** How far runs of one image lie apart at most. */
  readonly spread: number;
  /** Environments that its builds were measured in; builds of different ones are not compared. */
  readonly environments: number;
}

/** Values that repeat but for one count may differ by it. */
const ONE_COUNT = 1;
const RULES = {
  noisy: { minShift: 0, minValues: 10 },
  'near-exact': { minShift: ONE_COUNT, minValues: 6 },
} as const;

/** Finds the changes between the builds of one series on one branch. Points in any order. */
export function analyseSeries(
  points: readonly MeasuredPoint[],
  { kind: claimed, direction }: Pick<SeriesView, 'kind' | 'direction'>,
): SeriesAnalysis {
  const builds = buildsOf(points);
  const kind = claimed === 'exact' && builds.some(({ spread }) => spread > 0) ? 'noisy' : claimed;
  const parts = grouped(builds, ({ environment }) => environment);
  const latest = parts.reduce<MeasuredBuild[]>(
    (late, part) => (part.at(-1) === builds.at(-1) ? part : late),
    [],
  );
  const found = parts.map((part) => (kind === 'exact' ? exactly(part) : byTrack(part, kind)));
  const own = found[parts.indexOf(latest)];
  const late = latest.slice(latest.length - (own?.suspects ?? 0));
  const shift = own && suspicionOf(late, own.regime);
  return {
    changes: found
      .flatMap(({ changes }) => changes)
      .map((one) => ({ ...one, effect: effectOf(one, direction) })),
    suspects: late,
    suspicion: shift && { ...shift, effect: effectOf(shift, direction) },
    profile: noiseProfileOf(own?.regime ?? new Float64Array()),
    kind,
    spread: builds.reduce((most, one) => Math.max(most, one.spread), 0),
    environments: parts.length,
  };
}

/** One build of each image in each environment, in the order of the commits; else of their first measurement. */
export function buildsOf(points: readonly MeasuredPoint[]): MeasuredBuild[] {
  const whenOf = ({ commitMs, atMs }: MeasuredPoint) => commitMs ?? atMs;
  const ordered = [...points].sort((a, b) => whenOf(a) - whenOf(b) || a.atMs - b.atMs);
  const groups = grouped(ordered, (point) => `${point.environment} ${point.imageSha256}`);
  return groups.flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const values = Float64Array.from(group, ({ value }) => value).sort();
    const spread = (values.at(-1) ?? 0) - (values[0] ?? 0);
    const { imageSha256, environment } = first;
    return [{ imageSha256, environment, value: medianOf(values), spread }];
  });
}

/** Items by a key, the groups in the order of their first items. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

type Shift = Omit<SeriesChange, 'effect'>;
interface Found {
  readonly changes: readonly Shift[];
  readonly suspects: number;
  readonly regime: Float64Array;
}

function exactly(builds: readonly MeasuredBuild[]): Found {
  const changes = builds.flatMap((build, i): Shift[] => {
    const before = builds[i - 1]?.value ?? build.value;
    return build.value === before ? [] : [{ build, before, after: build.value, p: 0 }];
  });
  return { changes, suspects: 0, regime: Float64Array.from(builds.slice(-1), (one) => one.value) };
}

function byTrack(builds: readonly MeasuredBuild[], kind: keyof typeof RULES): Found {
  const rule = RULES[kind];
  const track = new ChangeTrack(rule);
  for (const { value } of builds) track.append(value);
  const points = track.changes();
  const levels = [0, ...points.map(({ at }) => at), builds.length];
  const level = (i: number) =>
    medianOf(builds.slice(levels[i], levels[i + 1]).map(({ value }) => value));
  const changes = points.flatMap(({ at, p }, i): Shift[] => {
    const build = builds[at];
    return build ? [{ build, before: level(i), after: level(i + 1), p }] : [];
  });
  const regime = track.regime();
  return { changes, suspects: suspects(regime, rule.minShift), regime };
}

function suspicionOf(late: readonly MeasuredBuild[], regime: Float64Array): Shift | undefined {
  const [build] = late;
  if (!build) return undefined;
  const base = regime.subarray(0, regime.length - late.length);
  const after = medianOf(late.map(({ value }) => value));
  // Every one of them stands apart: the least strange says how sure that is.
  const p = Math.max(...late.map(({ value }) => predictionPValue(base, value)));
  return { build, before: medianOf(base), after, p };
}

function effectOf(
  { before, after }: Shift,
  direction: SeriesView['direction'],
): SeriesChange['effect'] {
  if (direction === 'none') return 'change';
  return after > before === (direction === 'higher') ? 'improvement' : 'regression';
}
