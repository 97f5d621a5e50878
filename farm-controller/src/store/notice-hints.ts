import { putDuty } from './duty-writes.js';
import type { BoardRow, SubmissionRow } from './schema.js';
import type { Tx } from './store-database.js';

/** The analysis of its series has its turn before a submission is told of. */
const SUBMISSION_DELAY_MS = 60_000;
/** A board that is away or examined for less than this needs no hands. */
const BOARD_DELAY_MS = 600_000;

/** These submissions have something to tell, where somebody wants to know. */
export async function putNotices(
  tx: Tx,
  changed: readonly Pick<SubmissionRow, 'id' | 'tenant' | 'state'>[],
  nowMs: number,
): Promise<void> {
  for (const { id, tenant, state } of changed) {
    if (state !== 'finished') continue;
    const mine = tx.selectFrom('subscriptions').select('id').where('tenant', '=', tenant);
    if (!(await mine.limit(1).executeTakeFirst())) continue;
    const dueMs = nowMs + SUBMISSION_DELAY_MS;
    await putDuty(tx, { kind: 'gatherNotices', subject: id, dueMs }, nowMs);
  }
}

/** The same of boards; most changes of a board are leases, and cost nothing here. */
export async function putBoardNotices(tx: Tx, boards: readonly BoardRow[]): Promise<void> {
  const needy = boards.filter(({ removed, offline, health }) =>
    needsHands({ removed, offline, health }),
  );
  if (needy.length === 0) return;
  const anybody = tx
    .selectFrom('subscriptions')
    .select('id')
    .where('terms_json', 'like', '%"board"%')
    .limit(1);
  if (!(await anybody.executeTakeFirst())) return;
  for (const { serial, since_ms: nowMs } of needy) {
    const dueMs = nowMs + BOARD_DELAY_MS;
    await putDuty(tx, { kind: 'gatherNotices', subject: `board ${serial}`, dueMs }, nowMs);
  }
}

/** Whoever sent a board into maintenance knows. */
export const needsHands = ({
  removed,
  offline,
  health,
}: Pick<BoardRow, 'removed' | 'offline' | 'health'>): boolean =>
  removed === 0 && health !== 'maintenance' && (offline === 1 || health !== 'good');
