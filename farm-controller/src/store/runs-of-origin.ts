import type { RunView } from '@greenrack/farm-protocol';
import { type SelectQueryBuilder, sql } from 'kysely';
import { ofOrigin } from './origin-columns.js';
import { foreignCursor, pageOfRows } from './paging.js';
import type { OriginFilter, Page, PageRequest } from './ports.js';
import type { FarmTables, RunRow } from './schema.js';
import type { Queries } from './store-database.js';
import { runView } from './views.js';

/** Submissions whose runs are read at a time: a branch may have tens of thousands, a page never needs them all. */
const SUBMISSIONS_AT_A_TIME = 50;

/** Above every run's place in its submission. */
const MAX_ORDINAL = 999_999_999;

type Runs = SelectQueryBuilder<FarmTables, 'runs', RunRow>;

/**
 * A page of the runs of these commits, the newest submission first. Each step reads a bounded part along the indexes.
 * @param runs - the runs that are wanted, whatever their submission
 */
export async function runsOfOrigin(
  db: Queries,
  { origin, runs }: { origin: OriginFilter; runs: Runs },
  page: PageRequest,
): Promise<Page<RunView>> {
  const rows: RunRow[] = [];
  let at = cursorOf(page);
  while (rows.length <= page.limit) {
    const ids = await submissionsFrom(db, origin, at?.submissionId);
    if (ids.length === 0) break;
    let query = runs.where('submission_id', 'in', ids);
    if (at)
      query = query.where(
        sql<boolean>`(submission_id <> ${at.submissionId} or ordinal > ${at.ordinal})`,
      );
    const ordered = query.orderBy('submission_id', 'desc').orderBy('ordinal');
    rows.push(...(await ordered.limit(page.limit + 1 - rows.length).execute()));
    const last = ids.at(-1);
    if (ids.length < SUBMISSIONS_AT_A_TIME || last === undefined) break;
    // All of the last one is read: it comes again as the first of the next part, without its runs.
    at = { submissionId: last, ordinal: MAX_ORDINAL };
  }
  const key = (row: RunRow) => `${row.submission_id}.${row.ordinal}`;
  return pageOfRows(rows, page, { view: runView, cursorOf: key });
}

/** Where the page before ended. @throws FarmError `invalid_request` */
function cursorOf({ cursor }: PageRequest): { submissionId: string; ordinal: number } | undefined {
  if (cursor === undefined) return undefined;
  const [, submissionId, ordinal] = /^(sub_[0-9a-z]{23})\.(\d{1,9})$/.exec(cursor) ?? [];
  if (submissionId === undefined) throw foreignCursor();
  return { submissionId, ordinal: Number(ordinal) };
}

/** The newest submissions of these commits, from that one on. */
async function submissionsFrom(
  db: Queries,
  origin: OriginFilter,
  first: string | undefined,
): Promise<string[]> {
  let query = ofOrigin(db.selectFrom('submissions'), origin)
    .select('submissions.id')
    .orderBy('submissions.id', 'desc')
    .limit(SUBMISSIONS_AT_A_TIME);
  if (first !== undefined) query = query.where('submissions.id', '<=', first);
  return (await query.execute()).map(({ id }) => id);
}
