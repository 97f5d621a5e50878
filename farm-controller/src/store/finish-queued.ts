import type { EndReason, Verdict } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import type { RunRow } from './schema.js';
import { QUEUED } from './state-literals.js';
import type { Tx } from './store-database.js';

/** How runs end while they are queued. */
export interface QueueEnd {
  readonly verdict: Verdict;
  /** Before the expectation was weighed in; the same when left out. */
  readonly raw?: Verdict;
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
      raw_verdict: end.raw ?? end.verdict,
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
