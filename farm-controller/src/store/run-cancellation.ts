import { sql } from 'kysely';
import { followUp, NOTHING_CANCELLED } from './changes.js';
import { finishQueued } from './finish-queued.js';
import type { CancelOutcome } from './ports.js';
import type { RunRow } from './schema.js';
import type { Tx } from './store-database.js';
import { runMove, settleSubmissions, viewsOf } from './submission-settlement.js';
import { runView } from './views.js';

export type CancelScope = { readonly submissionId: string } | { readonly runId: string };

/**
 * Ends the queued runs in scope and marks the running ones. All are marked first, which locks them: a run that another
 * controller starts or puts back meanwhile is caught in whichever state it then has.
 */
export async function cancelRuns(
  tx: Tx,
  scope: CancelScope,
  nowMs: number,
): Promise<CancelOutcome | undefined> {
  const open = await markOpenRuns(tx, scope);
  if (open.length === 0) return (await exists(tx, scope)) ? NOTHING_CANCELLED : undefined;
  const waiting = open.filter((row) => row.state === 'queued');
  const ended = await finishQueued(
    tx,
    waiting.map((row) => row.id),
    { verdict: 'cancelled', reason: 'cancelled', message: 'cancelled while it waited', nowMs },
  );
  const active = open.filter((row) => row.state === 'running');
  const running = await runningAttempts(tx, active);
  const submissions = await settleCancelled(tx, scope, ended, nowMs);
  const runs = [...ended, ...active].map(runView);
  return { ...followUp({ submissions, runs }), running };
}

function markOpenRuns(tx: Tx, scope: CancelScope): Promise<RunRow[]> {
  const update = tx
    .updateTable('runs')
    .set({ cancel_requested: 1, revision: sql`revision + 1` })
    .where('state', '<>', 'finished');
  const scoped =
    'runId' in scope
      ? update.where('id', '=', scope.runId)
      : update.where('submission_id', '=', scope.submissionId);
  return scoped.returningAll().execute();
}

async function exists(tx: Tx, scope: CancelScope): Promise<boolean> {
  const found =
    'runId' in scope
      ? tx.selectFrom('runs').select('id').where('id', '=', scope.runId)
      : tx.selectFrom('submissions').select('id').where('id', '=', scope.submissionId);
  return (await found.executeTakeFirst()) !== undefined;
}

async function runningAttempts(tx: Tx, runs: readonly RunRow[]): Promise<CancelOutcome['running']> {
  if (runs.length === 0) return [];
  const ids = runs.map((row) => row.id);
  return tx
    .selectFrom('attempts')
    .select(['id as attemptId', 'agent', 'board_serial as boardSerial'])
    .where('run_id', 'in', ids)
    .where('state', '=', 'running')
    .execute();
}

async function settleCancelled(
  tx: Tx,
  scope: CancelScope,
  ended: readonly RunRow[],
  nowMs: number,
) {
  if ('submissionId' in scope) await markSubmission(tx, scope.submissionId);
  const moves = ended.map((run) => runMove(run, 0));
  if (moves.length > 0) return settleSubmissions(tx, moves, nowMs);
  if ('runId' in scope) return [];
  const rows = tx.selectFrom('submissions').selectAll().where('id', '=', scope.submissionId);
  return viewsOf(tx, await rows.execute());
}

async function markSubmission(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('submissions')
    .set({ cancelled: 1, revision: sql`revision + 1` })
    .where('id', '=', id)
    .execute();
}
