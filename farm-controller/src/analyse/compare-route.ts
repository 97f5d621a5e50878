import { compareSamples } from '@greenrack/farm-model';
import {
  comparedSchema,
  FarmError,
  type SeriesComparison,
  seriesComparisonSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import {
  chunksFor,
  ofOrigin,
  type PointRow,
  type Queries,
  type SeriesRow,
} from '../store/for-stages.js';
import { Turns } from '../timing/turns.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import { seriesView } from './series-store.js';

/** Runs of one side, and series of the answer. */
const MAX_RUNS = 2_000;
const MAX_SERIES = 1_000;
const IDS_PER_QUERY = 500;

/** What two builds measured, series by series. */
export function compareRoute(db: Queries): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/compare`,
    role: 'viewer',
    summary: 'What two builds measured, in each series that has points of both',
    query: z.strictObject({ a: comparedSchema, b: comparedSchema }),
    response: z.object({ items: z.array(seriesComparisonSchema) }),
    handler: async ({ query }) => ({ items: await comparisons(db, query.a, query.b) }),
  });
}

async function comparisons(db: Queries, a: string, b: string): Promise<SeriesComparison[]> {
  const [first, second] = [await pointsOf(db, a, 'a'), await pointsOf(db, b, 'b')];
  const both = [...first.keys()].filter((id) => second.has(id)).slice(0, MAX_SERIES);
  const turns = new Turns();
  const found: SeriesComparison[] = [];
  for (const series of await seriesOf(db, both)) {
    await turns.pass();
    const [from, to] = [first.get(series.id) ?? [], second.get(series.id) ?? []];
    const environments = new Set([...from, ...to].map((point) => point.environment_id));
    const values = (points: readonly PointRow[]) => points.map(({ value }) => value);
    const { a: left, b: right, interval, ...rest } = compareSamples(values(from), values(to));
    const sides = {
      a: { ...left, modes: [...left.modes] },
      b: { ...right, modes: [...right.modes] },
    };
    found.push({
      ...{ series: seriesView(series), ...sides, ...rest },
      interval: [...interval],
      comparable: environments.size === 1,
    });
  }
  return found;
}

/** Points by series. @throws FarmError `not_found` when nothing has been measured of it */
async function pointsOf(
  db: Queries,
  what: string,
  field: string,
): Promise<Map<string, PointRow[]>> {
  const runs = await runsOf(db, what);
  const bySeries = new Map<string, PointRow[]>();
  for (const ids of chunksFor(runs, 1, IDS_PER_QUERY)) {
    const attempts = db.selectFrom('attempts').select('id').where('run_id', 'in', ids);
    const query = db.selectFrom('points').selectAll().where('attempt_id', 'in', attempts);
    for (const row of await query.orderBy('attempt_id').execute()) {
      const points = bySeries.get(row.series_id);
      if (points) points.push(row);
      else bySeries.set(row.series_id, [row]);
    }
  }
  if (bySeries.size > 0) return bySeries;
  throw new FarmError('not_found', `${field}: nothing has been measured of ${what}`);
}

/** The newest runs of a submission, a commit or an image. */
async function runsOf(db: Queries, what: string): Promise<string[]> {
  if (what.startsWith('run_')) return [what];
  const newest = db.selectFrom('runs').select('runs.id').orderBy('runs.id', 'desc').limit(MAX_RUNS);
  if (what.startsWith('sub_'))
    return idsOf(await newest.where('submission_id', '=', what).execute());
  const commits = ofOrigin(db.selectFrom('submissions').select('id'), { sha: what });
  const found = idsOf(await newest.where('submission_id', 'in', commits).execute());
  if (found.length > 0) return found;
  const ofImage = newest.where('image_sha256', '>=', what).where('image_sha256', '<', `${what}g`);
  return idsOf(await ofImage.execute());
}

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id);

async function seriesOf(db: Queries, ids: readonly string[]): Promise<SeriesRow[]> {
  const rows: SeriesRow[] = [];
  for (const some of chunksFor(ids, 1, IDS_PER_QUERY))
    rows.push(...(await db.selectFrom('series').selectAll().where('id', 'in', some).execute()));
  return rows.sort((a, b) => (a.metric < b.metric ? -1 : 1));
}
