import type { BoardSpec } from '@greenrack/farm-protocol';
import { judgeBoard } from './board-judgement.js';
import { lockedBoard } from './board-rows.js';
import { NO_CHANGE } from './changes.js';
import type { BoardStore, Change, NewSubmission, QueuedRun, SuspectBoard } from './ports.js';
import { finishQueued } from './run-expiry.js';
import type { BoardRow } from './schema.js';
import { SUSPECT } from './state-literals.js';
import type { Queries, StoreDatabase, Tx } from './store-database.js';
import { runMove, settleSubmissions } from './submission-settlement.js';
import { insertSubmission } from './submission-store.js';
import { boardView, parseJson, runView } from './views.js';

/** A suspect board with what its check has come to. */
export async function suspectBoard(db: Queries, serial: string): Promise<SuspectBoard | undefined> {
  const row = await db
    .selectFrom('boards')
    .leftJoin('runs', 'runs.id', 'boards.check_run_id')
    .leftJoin('attempts', (join) =>
      join.onRef('attempts.run_id', '=', 'runs.id').onRef('attempts.number', '=', 'runs.attempts'),
    )
    .select(['boards.spec_json', 'runs.id', 'runs.state', 'runs.verdict'])
    .select(['runs.message', 'attempts.id as attemptId'])
    .where('boards.health', '=', SUSPECT)
    .where('boards.removed', '=', 0)
    .where('boards.serial', '=', serial)
    .executeTakeFirst();
  if (!row) return undefined;
  const { id, state, verdict, message, attemptId } = row;
  const { target, model } = parseJson<BoardSpec>(row.spec_json);
  const check =
    id === null || state === null
      ? null
      : { runId: id, state, verdict, message: message ?? '', attemptId };
  return { serial, target, model, check };
}

/** See `BoardStore.beginCheck`. */
export async function beginCheck(
  db: StoreDatabase,
  tx: Tx,
  serial: string,
  submission: NewSubmission,
): Promise<{ change: Change; queued: QueuedRun[] } | undefined> {
  const board = await lockedBoard(db, tx, serial);
  if (board?.health !== 'suspect' || board.check_run_id !== null) return undefined;
  const { submission: view, runs, queued } = await insertSubmission(tx, submission);
  await tx
    .updateTable('boards')
    .set({ check_run_id: runs[0]?.id ?? null })
    .where('serial', '=', serial)
    .execute();
  return { change: { submissions: [view], runs, boards: [] }, queued };
}

type SuspicionEnd = Parameters<BoardStore['endSuspicion']>[2] & {
  readonly checkRunId: string | null;
};

/** See `BoardStore.endSuspicion`. */
export async function endSuspicion(
  db: StoreDatabase,
  tx: Tx,
  serial: string,
  { checkRunId, ...to }: SuspicionEnd,
): Promise<Change> {
  const board = await lockedBoard(db, tx, serial);
  if (board?.health !== 'suspect' || board.check_run_id !== checkRunId) return NO_CHANGE;
  const { faults_json } = FORGOTTEN;
  await tx.updateTable('boards').set({ faults_json }).where('serial', '=', serial).execute();
  return { ...NO_CHANGE, boards: [boardView(await judgeBoard(db, tx, board, to))] };
}

/** Columns of a board about which somebody has decided. */
export const FORGOTTEN = { faults_json: '[]', check_run_id: null } as const;

/**
 * Cancels the check of a board that is not to be examined any more, or not in that way; one that has begun is not tried
 * again. `message` says why. That the board names no check then is the caller's to write.
 */
export async function cancelCheck(
  tx: Tx,
  { check_run_id }: Pick<BoardRow, 'check_run_id'>,
  message: string,
  nowMs: number,
): Promise<Change> {
  if (check_run_id === null) return NO_CHANGE;
  // One that has begun ends, but is not tried again: no board would ask for its verdict.
  await tx
    .updateTable('runs')
    .set({ cancel_requested: 1 })
    .where('id', '=', check_run_id)
    .where('state', '=', 'running')
    .execute();
  const end = { verdict: 'cancelled', reason: 'cancelled', message, nowMs } as const;
  const runs = await finishQueued(tx, [check_run_id], end);
  const moves = runs.map((run) => runMove(run, 0));
  return {
    ...NO_CHANGE,
    runs: runs.map(runView),
    submissions: await settleSubmissions(tx, moves, nowMs),
  };
}
