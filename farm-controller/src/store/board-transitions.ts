import { type RawBuilder, sql } from 'kysely';
import { chunksFor } from './bulk.js';
import { putBoardNotices } from './notice-hints.js';
import type { BoardRow, BoardTransitionRow } from './schema.js';
import type { StoreDatabase, Tx } from './store-database.js';
import { availabilityOf } from './views.js';

/** Values of one transition row. */
const COLUMNS = 8;

/**
 * New `since_ms` of a board that changes at `nowMs`. Views of a board carry no other order: it must move with every
 * change, even within one millisecond and between controllers whose clocks differ.
 */
export function sinceAt(nowMs: number): RawBuilder<number> {
  return sql<number>`case when since_ms < ${nowMs} then ${nowMs} else since_ms + 1 end`;
}

/** Writes the present state of each board as the newest line of its history; `transitions` has been counted up before. */
export async function recordTransitions(
  db: StoreDatabase,
  tx: Tx,
  boards: readonly BoardRow[],
  evidence: string | null = null,
): Promise<void> {
  const rows = boards.map((row) => transitionOf(row, evidence));
  for (const chunk of chunksFor(rows, COLUMNS, db.dialect.maxParameters))
    await tx.insertInto('board_transitions').values(chunk).execute();
  await putBoardNotices(tx, boards);
}

function transitionOf(row: BoardRow, evidence: string | null): BoardTransitionRow {
  return {
    serial: row.serial,
    seq: row.transitions,
    at_ms: row.since_ms,
    availability: availabilityOf(row),
    health: row.health,
    cause: row.cause,
    actor: row.actor,
    evidence,
  };
}
