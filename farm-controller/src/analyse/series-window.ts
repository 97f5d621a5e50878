import { analyseSeries, type MeasuredPoint, type SeriesAnalysis } from '@greenrack/farm-model';
import type { PointRow, Queries, SeriesRow, SeriesStateRow } from '../store/for-stages.js';

/** Points that are looked at, the latest: one more costs no more than a look at so many, however long the series. */
const WINDOW_POINTS = 512;
/** An exact metric is compared with the build before it. */
const EXACT_POINTS = 64;

/** A series on one branch, as it is now. */
export interface Watched {
  readonly series: SeriesRow;
  readonly ref: string;
  /** Undefined before the first look. */
  readonly known: SeriesStateRow | undefined;
  readonly points: readonly PointRow[];
  readonly analysis: SeriesAnalysis;
}

/** The series of an attempt, each with the point that it made. */
export async function measuredSeries(
  db: Queries,
  attemptId: string,
): Promise<{ series: SeriesRow; point: PointRow; known: SeriesStateRow | undefined }[]> {
  const ofAttempt = db.selectFrom('points').selectAll().where('attempt_id', '=', attemptId);
  const points = await ofAttempt.orderBy('series_id').execute();
  const ids = points.map((point) => point.series_id);
  if (ids.length === 0) return [];
  const ofPoints = db.selectFrom('points').select('series_id').where('attempt_id', '=', attemptId);
  const series = await db.selectFrom('series').selectAll().where('id', 'in', ofPoints).execute();
  const states = await db
    .selectFrom('series_states')
    .selectAll()
    .where('series_id', 'in', ofPoints)
    .execute();
  const byId = new Map(series.map((row) => [row.id, row]));
  const stateOf = new Map(states.map((row) => [`${row.series_id} ${row.ref}`, row]));
  return points.flatMap((point) => {
    const row = byId.get(point.series_id);
    return row ? [{ series: row, point, known: stateOf.get(`${row.id} ${point.ref}`) }] : [];
  });
}

/** Reads the latest points of a series on a branch and analyses them. */
export async function watched(
  db: Queries,
  { series, ref, known }: Pick<Watched, 'series' | 'ref' | 'known'>,
): Promise<Watched> {
  // What has differed between runs of one image is not exact any more.
  const kind = known?.kind === 'noisy' ? 'noisy' : series.kind;
  const points = await latestPoints(db, { id: series.id, ref }, kind === 'exact');
  const { direction } = series;
  return {
    series,
    ref,
    known,
    points,
    analysis: analyseSeries(points.map(pointOf), { kind, direction }),
  };
}

/** The latest points, the earliest of them first. */
async function latestPoints(
  db: Queries,
  { id, ref }: { id: string; ref: string },
  isExact: boolean,
): Promise<PointRow[]> {
  const rows = await db
    .selectFrom('points')
    .selectAll()
    .where('series_id', '=', id)
    .where('ref', '=', ref)
    .orderBy('attempt_id', 'desc')
    .limit(isExact ? EXACT_POINTS : WINDOW_POINTS)
    .execute();
  return rows.reverse();
}

export function pointOf(row: PointRow): MeasuredPoint {
  return {
    value: row.value,
    imageSha256: row.image_sha256,
    environment: row.environment_id,
    commitMs: row.commit_ms,
    atMs: row.at_ms,
  };
}
