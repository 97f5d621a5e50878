import type { ChangeDetail, ChangeState, ChangeView } from '@greenrack/farm-protocol';
import { FarmError } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import {
  type ChangeMetricRow,
  type ChangeRow,
  foreignCursor,
  pageOfRows,
  type Queries,
  type SeriesRow,
} from '../store/for-stages.js';
import type { Page, PageRequest } from '../store/ports.js';
import { bestMetric } from './step-judge.js';

/** Which changes; all that are given must hold. */
export interface ChangeFilter {
  readonly state?: ChangeState | undefined;
  readonly target?: string | undefined;
  readonly image?: string | undefined;
  readonly repository?: string | undefined;
  readonly ref?: string | undefined;
}

type MetricOfSeries = ChangeMetricRow & Pick<SeriesRow, 'metric' | 'case_name' | 'unit'>;

/** A page of changes, the latest found first. */
export async function listChanges(
  db: Queries,
  filter: ChangeFilter,
  page: PageRequest,
): Promise<Page<ChangeView>> {
  let query = db.selectFrom('changes').selectAll();
  const { state, target, image, repository, ref } = filter;
  if (state !== undefined) query = query.where('state', '=', state);
  if (target !== undefined) query = query.where('target', '=', target);
  if (image !== undefined) query = query.where('image_name', '=', image);
  if (repository !== undefined) query = query.where('repository', '=', repository);
  if (ref !== undefined) query = query.where('ref', '=', ref);
  if (page.cursor !== undefined) {
    const of = db.selectFrom('changes').select('found_ms').where('id', '=', page.cursor);
    const last = await of.executeTakeFirst();
    if (!last) throw foreignCursor();
    query = query.where(sql<boolean>`(found_ms, id) < (${last.found_ms}, ${page.cursor})`);
  }
  const ordered = query.orderBy('found_ms', 'desc').orderBy('id', 'desc');
  const rows = await ordered.limit(page.limit + 1).execute();
  const cut = pageOfRows(rows, page, { view: (row) => row, cursorOf: (row) => row.id });
  const metrics = await metricsOf(
    db,
    cut.items.map(({ id }) => id),
  );
  return { ...cut, items: cut.items.map((row) => viewOf(row, metrics.get(row.id) ?? [])) };
}

/** @throws FarmError `not_found` */
export async function changeDetail(db: Queries, id: string): Promise<ChangeDetail> {
  const change = await changeRow(db, id);
  const metrics = (await metricsOf(db, [id])).get(id) ?? [];
  const steps = db.selectFrom('change_steps').selectAll().where('change_id', '=', id);
  return {
    ...viewOf(change, metrics),
    metricList: metrics.map((row) => ({
      ...{ seriesId: row.series_id, metric: row.metric, unit: row.unit, kind: row.kind },
      caseName: row.case_name === '' ? null : row.case_name,
      ...{ effect: row.effect, before: row.before_value, after: row.after_value, p: row.p },
      ...{ outcome: row.outcome, shift: row.shift },
    })),
    steps: (await steps.orderBy('seq').execute()).map((row) => ({
      ...{ seq: row.seq, kind: row.kind, sides: row.sides, outcome: row.outcome },
      submissionId: row.submission_id,
      ...endsOf(row),
    })),
  };
}

/** @throws FarmError `not_found` */
export async function changeRow(db: Queries, id: string): Promise<ChangeRow> {
  const query = db.selectFrom('changes').selectAll().where('id', '=', id);
  const row = await query.executeTakeFirst();
  if (!row) throw new FarmError('not_found', `change ${id}: there is none`);
  return row;
}

async function metricsOf(
  db: Queries,
  ids: readonly string[],
): Promise<Map<string, MetricOfSeries[]>> {
  const byChange = new Map<string, MetricOfSeries[]>(ids.map((id) => [id, []]));
  if (ids.length === 0) return byChange;
  const rows = await db
    .selectFrom('change_metrics')
    .innerJoin('series', 'series.id', 'change_metrics.series_id')
    .selectAll('change_metrics')
    .select(['series.metric', 'series.case_name', 'series.unit'])
    .where('change_id', 'in', ids)
    .orderBy('series.metric')
    .orderBy('series.case_name')
    .execute();
  for (const row of rows) byChange.get(row.change_id)?.push(row);
  return byChange;
}

const endsOf = (row: Pick<ChangeRow, 'good_sha256' | 'good_sha' | 'bad_sha256' | 'bad_sha'>) => ({
  good: { imageSha256: row.good_sha256, sha: row.good_sha },
  bad: { imageSha256: row.bad_sha256, sha: row.bad_sha },
});

function viewOf(row: ChangeRow, metrics: readonly MetricOfSeries[]): ChangeView {
  const best = bestMetric(metrics);
  const shown = metrics.find(({ series_id }) => series_id === best?.series_id) ?? metrics[0];
  const { id, tenant, repository, target, effect, state, work, missing } = row;
  const { assignee, reason, actor, undoes, returns } = row;
  return {
    ...{ id, tenant, repository, target, effect, state, work, missing },
    ...{ assignee, reason, actor, undoes, returns, ...endsOf(row) },
    ref: row.ref === '' ? null : row.ref,
    imageName: row.image_name,
    boardSerial: row.board_serial,
    exact: row.exact === 1,
    metrics: metrics.length,
    worst: {
      ...{ seriesId: shown?.series_id ?? null, caseName: shown?.case_name || null },
      ...{ metric: shown?.metric ?? '', unit: shown?.unit ?? 'count' },
      ...{ before: shown?.before_value ?? 0, after: shown?.after_value ?? 0 },
    },
    ...{ foundMs: row.found_ms, changedMs: row.changed_ms },
  };
}
