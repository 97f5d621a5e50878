import type { BoardSpec } from '@greenrack/farm-protocol';
import {
  boardView,
  FORGOTTEN,
  insertSubmission,
  judgeBoard,
  lockedBoard,
  NO_CHANGE,
  parseJson,
  type Queries,
  type StoreDatabase,
  SUSPECT,
  type Tx,
} from '../store/for-stages.js';
import type {
  Change,
  HealthStore,
  NewSubmission,
  QueuedRun,
  SuspectBoard,
} from '../store/ports.js';

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

/** See `HealthStore.beginCheck`. */
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

type SuspicionEnd = Parameters<HealthStore['endSuspicion']>[2] & {
  readonly checkRunId: string | null;
};

/** See `HealthStore.endSuspicion`. */
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
