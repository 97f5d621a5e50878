import type { Health } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import { recordTransitions, sinceAt } from './board-transitions.js';
import { putExamination } from './duty-writes.js';
import type { BoardRow } from './schema.js';
import type { StoreDatabase, Tx } from './store-database.js';

const ACTOR = 'controller';

/** What the farm itself has come to think of a board. */
export interface Judgement {
  readonly health: Health;
  readonly cause: string;
  readonly evidence?: string;
  readonly nowMs: number;
}

/**
 * Changes the health of a board, locked before, and writes that down; it has no check from now on. `cause` of a board
 * that is offline goes on saying why it is: that of the judgement stands in its history and in `health_cause`.
 */
export async function judgeBoard(
  db: StoreDatabase,
  tx: Tx,
  { serial, offline, ...board }: BoardRow,
  { health, cause, evidence, nowMs }: Judgement,
): Promise<BoardRow> {
  const kept = offline === 1 ? { cause: board.cause, actor: board.actor } : { cause, actor: ACTOR };
  const row = await tx
    .updateTable('boards')
    .set({
      ...kept,
      health,
      health_cause: cause,
      check_run_id: null,
      since_ms: sinceAt(nowMs),
      transitions: sql`transitions + 1`,
    })
    .where('serial', '=', serial)
    .returningAll()
    .executeTakeFirstOrThrow();
  await recordTransitions(db, tx, [{ ...row, cause, actor: ACTOR }], evidence ?? null);
  if (health === 'suspect') await putExamination(tx, serial, nowMs);
  return row;
}
