import { putDuty } from './duty-writes.js';
import type { Tx } from './store-database.js';

/** What these attempts have measured is to be looked at. */
export async function putAnalyses(
  tx: Tx,
  attemptIds: Iterable<string>,
  nowMs: number,
): Promise<void> {
  for (const subject of attemptIds)
    await putDuty(tx, { kind: 'analyseAttempt', subject, dueMs: nowMs }, nowMs);
}

/** Changes whose runs were these submissions go on. */
export async function putPursuits(
  tx: Tx,
  submissionIds: readonly string[],
  nowMs: number,
): Promise<void> {
  if (submissionIds.length === 0) return;
  const steps = tx.selectFrom('change_steps').select('change_id');
  for (const { change_id } of await steps.where('submission_id', 'in', submissionIds).execute())
    await putDuty(tx, { kind: 'pursueChange', subject: change_id, dueMs: nowMs }, nowMs);
}
