import type { EndReason, Requirement, Verdict } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import { groupedInOrder } from './bulk.js';
import { followUp } from './changes.js';
import type { FollowUp } from './ports.js';
import type { RunRow } from './schema.js';
import { QUEUED } from './state-literals.js';
import type { StoreDatabase, Tx } from './store-database.js';
import { settleSubmissions } from './submission-settlement.js';
import { parseJson, runView } from './views.js';

/** Runs that one transaction ends at most. */
const EXPIRY_PAGE = 500;

/** How queued runs end without ever having had a board. */
export interface QueueEnd {
  readonly verdict: Verdict;
  readonly reason: EndReason;
  readonly message: string;
  readonly nowMs: number;
}

/** Ends those of `ids` that still wait; returns their new rows. */
export async function finishQueued(
  tx: Tx,
  ids: readonly string[],
  end: QueueEnd,
): Promise<RunRow[]> {
  if (ids.length === 0) return [];
  return tx
    .updateTable('runs')
    .set({
      state: 'finished',
      verdict: end.verdict,
      reason: end.reason,
      message: end.message,
      finished_ms: end.nowMs,
      revision: sql`revision + 1`,
    })
    .where('id', 'in', ids)
    .where('state', '=', QUEUED)
    .returningAll()
    .execute();
}

/** Ends up to {@link EXPIRY_PAGE} queued runs that are past their deadline. */
export async function expirePage(
  db: StoreDatabase,
  nowMs: number,
  why: (requirement: Requirement) => string,
): Promise<{ ended: FollowUp; more: boolean }> {
  return db.transact(async (tx) => {
    const due = await dueRuns(db, tx, nowMs);
    const rows: RunRow[] = [];
    for (const [requirementJson, group] of groupedInOrder(due, (run) => run.requirement_json)) {
      const message = why(parseJson<Requirement>(requirementJson));
      const ids = group.map((run) => run.id);
      const end = { verdict: 'infra', reason: 'noBoard', message, nowMs } as const;
      rows.push(...(await finishQueued(tx, ids, end)));
    }
    const moves = rows.map((row) => ({
      submissionId: row.submission_id,
      running: 0 as const,
      verdict: 'infra' as const,
    }));
    const submissions = await settleSubmissions(tx, moves, nowMs);
    const ended = followUp({ submissions, runs: rows.map(runView) });
    return { ended, more: due.length === EXPIRY_PAGE };
  });
}

function dueRuns(db: StoreDatabase, tx: Tx, nowMs: number) {
  const due = tx
    .selectFrom('runs')
    .select(['id', 'requirement_json'])
    .where('state', '=', QUEUED)
    .where('queue_deadline_ms', '<=', nowMs)
    .orderBy('queue_deadline_ms')
    .limit(EXPIRY_PAGE);
  return db.dialect.lockRows(due).execute();
}
