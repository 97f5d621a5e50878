import {
  FarmError,
  pageOf,
  seriesIdSchema,
  seriesPointSchema,
  seriesViewSchema,
  targetNameSchema,
  testIdSchema,
  testResultSchema,
  testViewSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { SeriesFilter } from '../store/ports.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { QueryDeps } from './deps.js';
import { orNotFound } from './missing.js';
import { originQuery } from './origin-query.js';
import { pageQuery, pageRequest } from './paging.js';

type Deps = Pick<QueryDeps, 'store'>;
const TESTS = `${API_BASE}/tests`;
const SERIES = `${API_BASE}/series`;

/** Tests and series over builds. */
export function testRoutes(deps: Deps): Route[] {
  return [listTests(deps), testHistory(deps), listSeries(deps), seriesPoints(deps)];
}

/** Each field needs the ones before it: so an index serves every question. */
const testQuery = {
  target: targetNameSchema.optional(),
  image: z.string().min(1).max(128).optional(),
  /** Empty: of the image as a whole. */
  case: z.string().max(200).optional(),
};
type FilterQuery = z.infer<z.ZodObject<typeof testQuery>> & { metric?: string | undefined };

function listTests({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: TESTS,
    role: 'viewer',
    summary: 'Tests: images by their names, and their cases, whatever is built in between',
    query: z.strictObject({ ...testQuery, ...pageQuery }),
    response: pageOf(testViewSchema),
    handler: ({ query }) => store.tests.list(filterOf(query), pageRequest(query)),
  });
}

function testHistory({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${TESTS}/:id/history`,
    role: 'viewer',
    summary: 'Results of one test, the latest first',
    params: z.strictObject({ id: testIdSchema }),
    query: z.strictObject(pageQuery),
    response: pageOf(testResultSchema),
    handler: async ({ params: { id }, query }) => {
      orNotFound(await store.tests.get(id), `test ${id}`);
      return await store.tests.history(id, pageRequest(query));
    },
  });
}

function listSeries({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: SERIES,
    role: 'viewer',
    summary: 'Series: metrics over builds, each of one board',
    query: z.strictObject({
      ...testQuery,
      metric: z.string().min(1).max(120).optional(),
      ...pageQuery,
    }),
    response: pageOf(seriesViewSchema),
    handler: ({ query }) => store.series.list(filterOf(query), pageRequest(query)),
  });
}

function seriesPoints({ store }: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${SERIES}/:id/points`,
    role: 'viewer',
    summary: 'Points of one series, the latest first',
    params: z.strictObject({ id: seriesIdSchema }),
    query: z.strictObject({ ref: originQuery.ref, ...pageQuery }),
    response: pageOf(seriesPointSchema),
    handler: async ({ params: { id }, query }) => {
      orNotFound(await store.series.get(id), `series ${id}`);
      return await store.series.points(id, query.ref, pageRequest(query));
    },
  });
}

function filterOf(query: FilterQuery): SeriesFilter {
  const { target, image, case: caseName, metric } = query;
  needs('image', image, 'target', target);
  needs('case', caseName, 'image', image);
  needs('metric', metric, 'case', caseName);
  return {
    ...(target !== undefined && { target }),
    ...(image !== undefined && { imageName: image }),
    ...(caseName !== undefined && { caseName }),
    ...(metric !== undefined && { metric }),
  };
}

/** @throws FarmError `invalid_request` */
function needs(field: string, value: unknown, other: string, given: unknown): void {
  if (value === undefined || given !== undefined) return;
  throw new FarmError('invalid_request', `${field} needs ${other} beside it`, {
    fields: [{ path: field, message: `needs ${other}` }],
  });
}
