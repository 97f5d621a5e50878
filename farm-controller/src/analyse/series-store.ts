import type { SeriesPoint, SeriesView } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import {
  foreignCursor,
  type PointRow,
  pageOfRows,
  type SeriesRow,
  type StoreDatabase,
} from '../store/for-stages.js';
import type { Page, PageRequest, SeriesFilter, SeriesStore } from '../store/ports.js';

/** Series and their points in the database. */
export class SqlSeriesStore implements SeriesStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async list(filter: SeriesFilter, page: PageRequest): Promise<Page<SeriesView>> {
    let query = this.#db.queries.selectFrom('series').selectAll();
    if (filter.target !== undefined) query = query.where('target', '=', filter.target);
    if (filter.imageName !== undefined) query = query.where('image_name', '=', filter.imageName);
    if (filter.caseName !== undefined) query = query.where('case_name', '=', filter.caseName);
    if (filter.metric !== undefined) query = query.where('metric', '=', filter.metric);
    if (page.cursor !== undefined) {
      const last = await this.#row(page.cursor);
      if (!last) throw foreignCursor();
      const key = [last.target, last.image_name, last.case_name, last.metric, last.id];
      query = query.where(
        sql<boolean>`(target, image_name, case_name, metric, id) > (${sql.join(key)})`,
      );
    }
    const ordered = query
      .orderBy('target')
      .orderBy('image_name')
      .orderBy('case_name')
      .orderBy('metric')
      .orderBy('id');
    const rows = await ordered.limit(page.limit + 1).execute();
    return pageOfRows(rows, page, { view: seriesView, cursorOf: (row) => row.id });
  }

  async get(id: string): Promise<SeriesView | undefined> {
    const row = await this.#row(id);
    return row && seriesView(row);
  }

  async points(id: string, ref: string | undefined, page: PageRequest): Promise<Page<SeriesPoint>> {
    let query = this.#db.queries.selectFrom('points').selectAll().where('series_id', '=', id);
    if (ref !== undefined) query = query.where('ref', '=', ref);
    if (page.cursor !== undefined) query = query.where('attempt_id', '<', page.cursor);
    const ordered = query.orderBy('attempt_id', 'desc').limit(page.limit + 1);
    return pageOfRows(await ordered.execute(), page, {
      view: pointView,
      cursorOf: (row) => row.attempt_id,
    });
  }

  #row(id: string): Promise<SeriesRow | undefined> {
    return this.#db.queries
      .selectFrom('series')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }
}

export function seriesView(row: SeriesRow): SeriesView {
  const { id, tenant, repository, target, metric, unit, direction, kind } = row;
  const { toolchain, profile, configuration, instrument } = row;
  return {
    ...{ id, tenant, repository, target, metric, unit, direction, kind },
    ...{ toolchain, profile, configuration, instrument },
    imageName: row.image_name,
    caseName: row.case_name === '' ? null : row.case_name,
    boardSerial: row.board_serial,
    ...(row.points_from_ms !== null && { pointsFromMs: row.points_from_ms }),
  };
}

function pointView(row: PointRow): SeriesPoint {
  return {
    attemptId: row.attempt_id,
    runId: row.run_id,
    atMs: row.at_ms,
    value: row.value,
    repeats: row.repeats,
    deviation: row.deviation,
    imageSha256: row.image_sha256,
    ref: row.ref === '' ? null : row.ref,
    sha: row.sha,
    commitMs: row.commit_ms,
    environment: row.environment_id,
  };
}
