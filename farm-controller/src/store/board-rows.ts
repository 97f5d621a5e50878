import type { Health } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import { recordTransitions, sinceAt } from './board-transitions.js';
import { NO_CHANGE } from './changes.js';
import type { Change } from './ports.js';
import type { BoardRow } from './schema.js';
import type { StoreDatabase, Tx } from './store-database.js';
import { boardView } from './views.js';

/** What a transition sets on a board. */
export interface BoardUpdate {
  readonly offline?: number;
  readonly removed?: number;
  readonly health?: Health;
  readonly health_cause?: string;
  readonly cause: string;
  readonly actor: string;
  readonly faults_json?: string;
  readonly check_run_id?: null;
}

/** One board, locked until the transaction ends. */
export function lockedBoard(
  db: StoreDatabase,
  tx: Tx,
  serial: string,
): Promise<BoardRow | undefined> {
  const found = tx.selectFrom('boards').selectAll().where('serial', '=', serial);
  return db.dialect.lockRows(found).executeTakeFirst();
}

/** Boards of an agent and those with these serials, locked until the transaction ends. */
export function lockedBoards(
  db: StoreDatabase,
  tx: Tx,
  agent: string,
  serials: readonly string[] = [],
): Promise<BoardRow[]> {
  const query = tx
    .selectFrom('boards')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('agent', '=', agent),
        ...(serials.length > 0 ? [eb('serial', 'in', serials)] : []),
      ]),
    )
    .orderBy('serial');
  return db.dialect.lockRows(query).execute();
}

/** Changes a board's state; its history is the caller's to write. */
export function moveBoard(
  tx: Tx,
  serial: string,
  update: BoardUpdate,
  nowMs: number,
): Promise<BoardRow> {
  return tx
    .updateTable('boards')
    .set({ ...update, since_ms: sinceAt(nowMs), transitions: sql`transitions + 1` })
    .where('serial', '=', serial)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Moves those boards of an agent for which `decide` has an update, and writes their history. */
export async function moveEach(
  db: StoreDatabase,
  tx: Tx,
  { agent, nowMs }: { readonly agent: string; readonly nowMs: number },
  decide: (row: BoardRow) => BoardUpdate | undefined,
): Promise<Change> {
  const rows = await lockedBoards(db, tx, agent);
  return moveRows(db, tx, { rows, nowMs }, decide);
}

/** The same for boards that are locked already. */
export async function moveRows(
  db: StoreDatabase,
  tx: Tx,
  { rows, nowMs }: { readonly rows: readonly BoardRow[]; readonly nowMs: number },
  decide: (row: BoardRow) => BoardUpdate | undefined,
): Promise<Change> {
  const moved: BoardRow[] = [];
  for (const row of rows) {
    const update = decide(row);
    if (update) moved.push(await moveBoard(tx, row.serial, update, nowMs));
  }
  await recordTransitions(db, tx, moved);
  return { ...NO_CHANGE, boards: moved.map(boardView) };
}

/**
 * Locks the health checks of boards before the boards: whoever grants or settles a run locks it first, too. Read before
 * the lock, so that a check which is begun at this moment may be missed; the database resolves that.
 */
export async function lockChecks(
  db: StoreDatabase,
  tx: Tx,
  of: { readonly agent: string } | { readonly serial: string },
): Promise<void> {
  const [column, value] =
    'agent' in of ? (['agent', of.agent] as const) : (['serial', of.serial] as const);
  const checks = tx
    .selectFrom('boards')
    .select('check_run_id')
    .where(column, '=', value)
    .where('check_run_id', 'is not', null);
  const runs = tx.selectFrom('runs').select('id').where('id', 'in', checks).orderBy('id');
  await db.dialect.lockRows(runs).execute();
}
