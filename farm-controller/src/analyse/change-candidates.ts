import { buildsOf, type MeasuredBuild, type SeriesChange } from '@greenrack/farm-model';
import type { MetricKind } from '@greenrack/farm-protocol';
import type { ChangeMetricRow } from '../store/for-stages.js';
import { pointOf, type Watched } from './series-window.js';

/** Older builds have been looked at when they were new: a window that moves on must not find more in them. */
const RECENT_BUILDS = 32;
/** Noise hides the first build of a change, so metrics that moved together need not agree on it. */
const TOLERANCE_BUILDS = 3;

/** A shift that the search has found and that nobody knows of yet. */
export interface Candidate {
  readonly watched: Watched;
  readonly kind: MetricKind;
  readonly effect: SeriesChange['effect'];
  readonly good: MeasuredBuild;
  readonly bad: MeasuredBuild;
  /** Images whose changes are this one in another metric. */
  readonly nearby: readonly string[];
  readonly before: number;
  readonly after: number;
  readonly p: number;
}

type KnownEnds = Pick<ChangeMetricRow, 'good_sha256' | 'bad_sha256'>;

/** What is new in a series: its latest builds' changes and suspects that no known change explains. */
export function candidatesOf(watched: Watched, known: readonly KnownEnds[]): Candidate[] {
  const { analysis, points } = watched;
  const { kind, suspicion, changes } = analysis;
  const tolerance = kind === 'exact' ? 0 : TOLERANCE_BUILDS;
  const all = buildsOf(points.map(pointOf));
  const latest = all.at(-1)?.environment;
  const builds = all.filter(({ environment }) => environment === latest);
  const indexOf = (sha256: string) => builds.findIndex(({ imageSha256 }) => imageSha256 === sha256);
  const covered = known.map((one) => [
    indexOf(one.good_sha256) + 1 - tolerance,
    indexOf(one.bad_sha256) + tolerance,
  ]);
  return [...changes, ...(suspicion ? [suspicion] : [])].flatMap((change) => {
    const at = change.build.environment === latest ? indexOf(change.build.imageSha256) : -1;
    const good = builds[at - 1];
    const bad = builds[at];
    if (!good || !bad || at < builds.length - RECENT_BUILDS) return [];
    if (covered.some(([from = 0, to = -1]) => to >= tolerance && at >= from && at <= to)) return [];
    const near = builds.slice(Math.max(0, at - tolerance), at + tolerance + 1);
    const nearby = near.map(({ imageSha256 }) => imageSha256);
    const { before, after, p, effect } = change;
    return [{ ...{ watched, kind, effect, good, bad, nearby }, before, after, p }];
  });
}
