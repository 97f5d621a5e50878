import {
  boardNeed,
  FINISHED,
  pageOfRows,
  QUEUED,
  queuedRun,
  type StoreDatabase,
} from '../store/for-stages.js';
import type {
  Page,
  PageRequest,
  QueuedRun,
  QueuePlace,
  QueueStore,
  QueueSummary,
} from '../store/ports.js';
import { queueSummary } from './waiting-lanes.js';

/** Latest runs whose median is the typical duration. */
const DURATION_SAMPLE = 21;

/** Runs that wait, in the database. */
export class SqlQueueStore implements QueueStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async queued(page: PageRequest): Promise<Page<QueuedRun>> {
    let query = this.#db.queries
      .selectFrom('runs')
      .select(['id', 'requirement_class', 'band', 'tenant', 'created_ms'])
      .select(['spec_json', 'avoid_json', 'health_check'])
      .where('state', '=', QUEUED)
      .orderBy('id')
      .limit(page.limit + 1);
    if (page.cursor !== undefined) query = query.where('id', '>', page.cursor);
    return pageOfRows(await query.execute(), page, { view: queuedRun, cursorOf: (row) => row.id });
  }

  summary(limit: number): Promise<QueueSummary> {
    return queueSummary(this.#db.queries, limit);
  }

  async place(id: string): Promise<QueuePlace | undefined> {
    const run = await this.#db.queries
      .selectFrom('runs')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (run?.state !== 'queued') return undefined;
    const ahead = await this.#db.queries
      .selectFrom('runs')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('state', '=', QUEUED)
      .where('requirement_class', '=', run.requirement_class)
      .where('band', '=', run.band)
      .where('tenant', '=', run.tenant)
      .where('id', '<', id)
      .executeTakeFirstOrThrow();
    return { ...boardNeed(run), position: ahead.n + 1 };
  }

  async typicalDurationMs(imageName: string, target: string): Promise<number | undefined> {
    const rows = await this.#db.queries
      .selectFrom('runs')
      .select((eb) => eb('finished_ms', '-', eb.ref('started_ms')).as('ms'))
      .where('state', '=', FINISHED)
      .where('image_name', '=', imageName)
      .where('target', '=', target)
      .where('started_ms', 'is not', null)
      .where('verdict', 'not in', ['infra', 'cancelled'])
      .orderBy('finished_ms', 'desc')
      .limit(DURATION_SAMPLE)
      .execute();
    const sorted = rows.map((row) => Number(row.ms)).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }
}
