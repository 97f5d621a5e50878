import type { RunDetail, RunView } from '@greenrack/farm-protocol';
import { attemptViews } from './attempt-reads.js';
import { ofOrigin } from './origin-columns.js';
import { numberCursor, pageOfRows } from './paging.js';
import type { CancelOutcome, Page, PageRequest, RunFilter, RunStore } from './ports.js';
import { type ReportedRun, reportedRuns } from './reported-runs.js';
import { cancelRuns } from './run-cancellation.js';
import type { RunRow } from './run-rows.js';
import { runsOfOrigin } from './runs-of-origin.js';
import { FINISHED, RUN_STATE } from './state-literals.js';
import type { StoreDatabase } from './store-database.js';
import { removedOf, runView } from './views.js';

/** Runs that a report holds in memory at a time. */
const REPORT_PAGE = 50;

/** Runs in the database. */
export class SqlRunStore implements RunStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async get(id: string): Promise<RunView | undefined> {
    const row = await this.#row(id);
    return row && runView(row);
  }

  async detail(id: string): Promise<Omit<RunDetail, 'waiting'> | undefined> {
    const row = await this.#row(id);
    if (!row) return undefined;
    const attempts = await attemptViews(this.#db.queries, [id]);
    return { ...runView(row), attemptList: attempts.get(id) ?? [], ...(await this.#removed(row)) };
  }

  list(filter: RunFilter, page: PageRequest): Promise<Page<RunView>> {
    if (filter.submissionId !== undefined) return this.#inOrder(filter.submissionId, filter, page);
    const { origin } = filter;
    if (!origin) return this.#newestFirst(filter, page);
    return runsOfOrigin(this.#db.queries, { origin, runs: this.#filtered(filter) }, page);
  }

  async *report(
    submissionId: string,
    isMeant: (run: RunView) => boolean = () => true,
  ): AsyncGenerator<ReportedRun, void, undefined> {
    let cursor: string | null = '0';
    for (let first = true; cursor !== null; first = false) {
      const page = { limit: REPORT_PAGE, ...(first ? {} : { cursor }) };
      const runs: Page<RunView> = await this.#inOrder(submissionId, {}, page);
      yield* reportedRuns(this.#db.queries, runs.items.filter(isMeant));
      cursor = runs.nextCursor;
    }
  }

  cancel(id: string, nowMs: number): Promise<CancelOutcome | undefined> {
    return this.#db.transact((tx) => cancelRuns(tx, { runId: id }, nowMs), 'urgent');
  }

  async #removed({ submission_id }: RunRow): Promise<ReturnType<typeof removedOf>> {
    const row = await this.#db.queries
      .selectFrom('submissions')
      .select(['events_removed_ms', 'consoles_removed_ms', 'traces_removed_ms'])
      .where('id', '=', submission_id)
      .executeTakeFirst();
    return row ? removedOf(row) : {};
  }

  #row(id: string) {
    return this.#db.queries.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async #inOrder(
    submissionId: string,
    filter: RunFilter,
    page: PageRequest,
  ): Promise<Page<RunView>> {
    const after = numberCursor(page);
    let query = this.#filtered(filter).where('submission_id', '=', submissionId);
    if (after !== undefined) query = query.where('ordinal', '>', after);
    const { origin } = filter;
    if (origin)
      query = query.where('submission_id', 'in', (eb) =>
        ofOrigin(eb.selectFrom('submissions'), origin).select('submissions.id'),
      );
    const rows = await query
      .orderBy('ordinal')
      .limit(page.limit + 1)
      .execute();
    return pageOfRows(rows, page, { view: runView, cursorOf: (row) => row.ordinal });
  }

  async #newestFirst(filter: RunFilter, page: PageRequest): Promise<Page<RunView>> {
    let query = this.#filtered(filter);
    if (page.cursor !== undefined) query = query.where('id', '<', page.cursor);
    const rows = await query
      .orderBy('id', 'desc')
      .limit(page.limit + 1)
      .execute();
    return pageOfRows(rows, page, { view: runView, cursorOf: (row) => row.id });
  }

  #filtered({ state, verdict, boardSerial }: RunFilter) {
    let query = this.#db.queries.selectFrom('runs').selectAll();
    if (state !== undefined) query = query.where('state', '=', RUN_STATE[state]);
    // A verdict implies `finished`; saying so lets the database use the index over finished runs.
    if (verdict !== undefined)
      query = query.where('verdict', '=', verdict).where('state', '=', FINISHED);
    if (boardSerial !== undefined) query = query.where('board_serial', '=', boardSerial);
    return query;
  }
}
