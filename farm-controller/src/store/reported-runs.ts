import { decidingAttempt } from '@greenrack/farm-model';
import type { AttemptView, RunView } from '@greenrack/farm-protocol';
import { viewsOfAttempts } from './attempt-reads.js';
import { groupedInOrder } from './bulk.js';
import type { AttemptRow } from './schema.js';
import type { Queries } from './store-database.js';

/** Cases that are read at a time: an embedded database answers in one go, and everybody waits meanwhile. */
const CASES_PER_READ = 250;

/** A run with the attempt that it is shown by. */
export interface ReportedRun {
  readonly run: RunView;
  /** One, or none while none has begun. */
  readonly attempts: readonly AttemptView[];
}

/** These runs, in their order, with what reports show of them. */
export async function* reportedRuns(
  db: Queries,
  runs: readonly RunView[],
): AsyncGenerator<ReportedRun> {
  const rows = await decidingRows(db, runs);
  for (const some of inReads(runs, rows)) {
    const wanted = some.flatMap((run) => rows.get(run.id) ?? []);
    const views = new Map((await viewsOfAttempts(db, wanted)).map((view) => [view.id, view]));
    for (const run of some) {
      const view = views.get(rows.get(run.id)?.id ?? '');
      yield { run, attempts: view ? [view] : [] };
    }
  }
}

async function decidingRows(
  db: Queries,
  runs: readonly RunView[],
): Promise<ReadonlyMap<string, AttemptRow>> {
  const ids = runs.map((run) => run.id);
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('attempts')
    .selectAll()
    .where('run_id', 'in', ids)
    .orderBy('number')
    .execute();
  const groups = groupedInOrder(rows, (row) => row.run_id);
  return new Map(
    groups.flatMap(([id, group]) => {
      const row = decidingAttempt(group);
      return row ? [[id, row]] : [];
    }),
  );
}

function* inReads(
  runs: readonly RunView[],
  rows: ReadonlyMap<string, AttemptRow>,
): Generator<RunView[]> {
  let some: RunView[] = [];
  let cases = 0;
  for (const run of runs) {
    const more = rows.get(run.id)?.cases_known ?? 0;
    if (some.length > 0 && cases + more > CASES_PER_READ) {
      yield some;
      [some, cases] = [[], 0];
    }
    some.push(run);
    cases += more;
  }
  yield some;
}
