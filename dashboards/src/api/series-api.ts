import {
  pageOf,
  type SeriesPoint,
  type SeriesView,
  seriesPointSchema,
  seriesViewSchema,
} from '@greenrack/farm-protocol';
import type { FarmApi, Page } from './farm-api.js';

const seriesPageSchema = pageOf(seriesViewSchema);
const pointPageSchema = pageOf(seriesPointSchema);

/** Which metric; each field needs the ones before it. */
export interface MetricQuestion {
  readonly target?: string;
  readonly image?: string;
  readonly case?: string;
  readonly metric?: string;
}

/** Series in the order of target, image, case and metric. */
export function listSeries(
  api: FarmApi,
  question: MetricQuestion,
  page: { readonly limit: number; readonly cursor?: string | undefined },
  signal: AbortSignal,
): Promise<Page<SeriesView>> {
  const query = new URLSearchParams({ ...question, limit: String(page.limit) });
  if (page.cursor !== undefined) query.set('cursor', page.cursor);
  return api.http.get(`/series?${query}`, seriesPageSchema, signal);
}

/** Latest points of a series, the newest first. */
export async function seriesPoints(
  api: FarmApi,
  id: string,
  limit: number,
  signal: AbortSignal,
): Promise<readonly SeriesPoint[]> {
  const path = `/series/${encodeURIComponent(id)}/points?limit=${limit}`;
  return (await api.http.get(path, pointPageSchema, signal)).items;
}
