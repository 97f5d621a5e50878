import { NO_CHANGE } from './changes.js';
import { finishQueued } from './finish-queued.js';
import type { Change } from './ports.js';
import type { BoardRow } from './schema.js';
import type { Tx } from './store-database.js';
import { runMove, settleSubmissions } from './submission-settlement.js';
import { runView } from './views.js';

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
