import { medianOf } from '@greenrack/farm-model';
import type { ChangeView, SeriesPoint, SeriesView } from '@greenrack/farm-protocol';

export interface MeasuredSeries {
  readonly series: SeriesView;
  readonly points: readonly SeriesPoint[];
}

/** A build on the axis: one commit, or one image where nobody named its commit. */
export interface TrendBuild {
  readonly key: string;
  readonly label: string;
  readonly atMs: number;
}

/** Builds, and what each series measured at them; null where it measured nothing. */
export interface Trend {
  readonly builds: readonly TrendBuild[];
  readonly lines: readonly {
    readonly series: SeriesView;
    readonly values: readonly (number | null)[];
    /** Of its latest point. */
    readonly runId: string | undefined;
  }[];
}

const keyOf = ({ sha, imageSha256 }: SeriesPoint) => sha ?? imageSha256;

/** Puts series of several boards over the same builds, in the order of their commits. Repeats become their median. */
export function trendOf(measured: readonly MeasuredSeries[]): Trend {
  const builds = new Map<string, TrendBuild>();
  for (const { points } of measured)
    for (const point of points) {
      const key = keyOf(point);
      const atMs = point.commitMs ?? point.atMs;
      const known = builds.get(key);
      if (!known || atMs < known.atMs) builds.set(key, { key, label: key.slice(0, 9), atMs });
    }
  const sorted = [...builds.values()].sort((a, b) => a.atMs - b.atMs || (a.key < b.key ? -1 : 1));
  return {
    builds: sorted,
    lines: measured.map(({ series, points }) => {
      const values = new Map<string, number[]>();
      for (const point of points) {
        const at = values.get(keyOf(point));
        if (at) at.push(point.value);
        else values.set(keyOf(point), [point.value]);
      }
      return {
        series,
        runId: points[0]?.runId,
        values: sorted.map(({ key }) => {
          const all = values.get(key);
          return all ? medianOf(all) : null;
        }),
      };
    }),
  };
}

/** Change from the first to the last value of a line, as a share of the first. */
export function changeShare(values: readonly (number | null)[]): number | undefined {
  const told = values.filter((value): value is number => value !== null);
  const [first, last] = [told[0], told.at(-1)];
  if (first === undefined || last === undefined || first === 0 || told.length < 2) return undefined;
  return (last - first) / Math.abs(first);
}

/** Where changes of these series stand on the axis: at their first bad build, as far as it is among those shown. */
export function changeMarks(trend: Trend, changes: readonly ChangeView[]): number[] {
  const shown = new Set(trend.lines.map(({ series }) => series.id));
  const own = changes.filter(({ worst: { seriesId } }) => seriesId !== null && shown.has(seriesId));
  const places = own.map(({ bad }) =>
    trend.builds.findIndex(({ key }) => key === bad.sha || key === bad.imageSha256),
  );
  return [...new Set(places.filter((at) => at >= 0))];
}
