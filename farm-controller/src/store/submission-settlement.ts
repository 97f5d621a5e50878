import type { SubmissionView, Verdict, VerdictCounts } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import { groupedInOrder } from './bulk.js';
import { putPursuits } from './change-hints.js';
import { dropDuties, putExamination } from './duty-writes.js';
import { putChecks } from './github-hints.js';
import { putNotices } from './notice-hints.js';
import type { RunRow, SubmissionRow } from './schema.js';
import type { Queries, Tx } from './store-database.js';
import { addTotals } from './verdict-totals.js';
import { submissionView } from './views.js';

/** What a transaction did to one run, as its submission counts it. */
export interface RunMove {
  readonly runId: string;
  readonly submissionId: string;
  /** 1 when it began to run, −1 when it ceased to, else 0. */
  readonly running: -1 | 0 | 1;
  /** The verdict with which it finished. */
  readonly verdict?: Verdict;
  /** It is of the farm itself. */
  readonly healthCheck: boolean;
}

/** How a run moved that is `run` now. */
export function runMove(run: RunRow, running: RunMove['running']): RunMove {
  const { submission_id: submissionId, verdict, health_check } = run;
  const move = { runId: run.id, submissionId, running, healthCheck: health_check === 1 };
  return verdict === null ? move : { ...move, verdict };
}

/**
 * Brings the counters of the submissions up to date and returns their views. Call it last: every run of a submission
 * changes this row, and it stays locked until the commit.
 */
export async function settleSubmissions(
  tx: Tx,
  moves: readonly RunMove[],
  nowMs: number,
): Promise<SubmissionView[]> {
  const groups = groupedInOrder(moves, (move) => move.submissionId);
  const rows: SubmissionRow[] = [];
  for (const [id, group] of groups) rows.push(await updateCounters(tx, id, group, nowMs));
  await addVerdicts(tx, moves);
  await addTotals(tx, moves);
  await putExaminations(tx, moves, nowMs);
  const finished = rows.filter(({ state }) => state === 'finished').map(({ id }) => id);
  await dropDuties(tx, 'expireQueued', finished);
  await putPursuits(tx, finished, nowMs);
  await putChecks(tx, rows, nowMs);
  await putNotices(tx, rows, nowMs);
  return viewsOf(tx, rows);
}

/** The verdicts of health checks are there: somebody has to decide about the boards. */
async function putExaminations(tx: Tx, moves: readonly RunMove[], nowMs: number): Promise<void> {
  const checks = moves.filter((move) => move.healthCheck && move.verdict !== undefined);
  if (checks.length === 0) return;
  const boards = tx.selectFrom('boards').select('serial').orderBy('serial');
  const ids = checks.map(({ runId }) => runId);
  for (const { serial } of await boards.where('check_run_id', 'in', ids).execute())
    await putExamination(tx, serial, nowMs);
}

function updateCounters(
  tx: Tx,
  id: string,
  moves: readonly RunMove[],
  nowMs: number,
): Promise<SubmissionRow> {
  const finished = moves.filter((move) => move.verdict !== undefined).length;
  const running = moves.reduce((sum, move) => sum + move.running, 0);
  const complete = sql<boolean>`state = 'active' and runs_finished + ${finished} >= runs_total`;
  return tx
    .updateTable('submissions')
    .set({
      runs_finished: sql`runs_finished + ${finished}`,
      runs_running: sql`runs_running + ${running}`,
      revision: sql`revision + 1`,
      state: sql`case when ${complete} then 'finished' else state end`,
      finished_ms: sql`case when ${complete} then ${nowMs} else finished_ms end`,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

async function addVerdicts(tx: Tx, moves: readonly RunMove[]): Promise<void> {
  const counted = moves.flatMap(({ submissionId, verdict }) =>
    verdict === undefined ? [] : [{ submission_id: submissionId, verdict }],
  );
  const rows = groupedInOrder(counted, (c) => `${c.submission_id} ${c.verdict}`).flatMap(
    ([, group]) => group.slice(0, 1).map((first) => ({ ...first, n: group.length })),
  );
  if (rows.length === 0) return;
  await tx
    .insertInto('submission_verdicts')
    .values(rows)
    .onConflict((oc) =>
      oc
        .columns(['submission_id', 'verdict'])
        .doUpdateSet({ n: sql`submission_verdicts.n + excluded.n` }),
    )
    .execute();
}

/** Views of submissions with their verdict counters, in the order of `rows`. */
export async function viewsOf(
  db: Queries,
  rows: readonly SubmissionRow[],
): Promise<SubmissionView[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const counters = await db
    .selectFrom('submission_verdicts')
    .selectAll()
    .where('submission_id', 'in', ids)
    .execute();
  const byId = new Map<string, VerdictCounts>(ids.map((id) => [id, {}]));
  for (const { submission_id, verdict, n } of counters) {
    const counts = byId.get(submission_id);
    if (counts) counts[verdict] = n;
  }
  return rows.map((row) => submissionView(row, byId.get(row.id) ?? {}));
}
