import { meetsRequirement, requirementClass } from '@greenrack/board-inventory';
import type { BoardSpec } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import type { RunRow } from './schema.js';
import type { Tx } from './store-database.js';
import { boardNeed, parseJson } from './views.js';

/** Faults of the infrastructure that a run has had before it goes to another board: the second try began from cold. */
const FAULTS_BEFORE_ANOTHER_BOARD = 2;

/**
 * A run waits again after a fault of the infrastructure: when it has had enough of them, the boards that failed it are
 * to be avoided, and it waits in another lane; not when it is for one board only. Answers its row as it is then.
 */
export async function avoidFailedBoards(tx: Tx, run: RunRow): Promise<RunRow> {
  const { requirement, partners } = boardNeed(run);
  // Of several boards nobody knows which one was to blame: their health checks tell.
  if (requirement.board !== undefined || partners) return run;
  const faults = await faultyBoards(tx, run.id);
  if (faults.length < FAULTS_BEFORE_ANOTHER_BOARD) return run;
  const avoid = [...new Set(faults)].sort();
  return tx
    .updateTable('runs')
    .set({
      avoid_json: JSON.stringify(avoid),
      requirement_class: requirementClass(requirement, avoid),
      revision: sql`revision + 1`,
    })
    .where('id', '=', run.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Serials of the boards on which the infrastructure failed a run, one for each time. */
export async function faultyBoards(tx: Tx, runId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('attempts')
    .select('board_serial')
    .where('run_id', '=', runId)
    .where('verdict', '=', 'infra')
    .execute();
  return rows.map((row) => row.board_serial);
}

/** Whether the run is to avoid this board: it failed it, and another that can serve it is online and trusted. */
export async function isToAvoid(tx: Tx, run: RunRow, boardSerial: string): Promise<boolean> {
  const { requirement, avoid = [] } = boardNeed(run);
  if (!avoid.includes(boardSerial)) return false;
  const usable = await tx
    .selectFrom('boards')
    .select('spec_json')
    .where('removed', '=', 0)
    .where('offline', '=', 0)
    .where('health', '=', 'good')
    .where('serial', 'not in', avoid)
    .execute();
  return usable.some((row) => meetsRequirement(parseJson<BoardSpec>(row.spec_json), requirement));
}
