import type { BoardSpec } from '@greenrack/farm-protocol';
import { lockChecks, lockedBoards, moveBoard } from './board-rows.js';
import { recordTransitions } from './board-transitions.js';
import { cancelCheck } from './cancel-check.js';
import { joinedChanges } from './changes.js';
import { putExamination } from './duty-writes.js';
import type { Change } from './ports.js';
import type { BoardRow } from './schema.js';
import type { StoreDatabase, Tx } from './store-database.js';
import { boardView, parseJson } from './views.js';

/** What an agent's inventory changes of the boards that the farm knows. */
interface InventoryChanges {
  readonly added: readonly BoardRow[];
  /** New rows of boards that are described otherwise, came back, or moved to this agent. */
  readonly changed: readonly BoardRow[];
  readonly gone: readonly BoardRow[];
  /** Health checks of boards that are gone, or for which they were not planned. */
  readonly voidChecks: readonly Pick<BoardRow, 'check_run_id'>[];
  /** Whether the row's state was changed, not only its description. */
  isTransition(row: BoardRow): boolean;
}

/** See `BoardStore.sync`. */
export async function syncBoards(
  db: StoreDatabase,
  tx: Tx,
  { agent, boards, nowMs }: { agent: string; boards: readonly BoardSpec[]; nowMs: number },
): Promise<Change> {
  await lockChecks(db, tx, { agent });
  const serials = boards.map((board) => board.serial);
  const known = await lockedBoards(db, tx, agent, serials);
  const plan = inventoryChanges(agent, boards, known, nowMs);
  const rows: BoardRow[] = [];
  for (const row of plan.added) rows.push(await insert(tx, row));
  for (const row of plan.changed) {
    rows.push(await rewrite(tx, row));
    if (row.health === 'suspect') await putExamination(tx, row.serial, nowMs);
  }
  for (const row of plan.gone) rows.push(await moveBoard(tx, row.serial, GONE, nowMs));
  await recordTransitions(db, tx, rows.filter(plan.isTransition));
  const cancelled: Change[] = [];
  for (const check of plan.voidChecks)
    cancelled.push(await cancelCheck(tx, check, OTHER_INVENTORY, nowMs));
  return joinedChanges([...cancelled, { submissions: [], runs: [], boards: rows.map(boardView) }]);
}

const OTHER_INVENTORY = 'the inventory has no such board any more, or describes it otherwise';
const GONE = {
  ...{ removed: 1, offline: 1, cause: 'gone from the inventory', actor: 'inventory' },
  check_run_id: null,
} as const;

function insert(tx: Tx, row: BoardRow): Promise<BoardRow> {
  return tx.insertInto('boards').values(row).returningAll().executeTakeFirstOrThrow();
}

function rewrite(tx: Tx, { serial, ...columns }: BoardRow): Promise<BoardRow> {
  return tx
    .updateTable('boards')
    .set(columns)
    .where('serial', '=', serial)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Compares; changes nothing. `known` are the agent's boards and those with the serials of `boards`. */
function inventoryChanges(
  agent: string,
  boards: readonly BoardSpec[],
  known: readonly BoardRow[],
  nowMs: number,
): InventoryChanges {
  const bySerial = new Map(known.map((row) => [row.serial, row]));
  const added: BoardRow[] = [];
  const changed: BoardRow[] = [];
  for (const board of boards) {
    const row = bySerial.get(board.serial);
    if (!row) added.push(newBoard(agent, board, nowMs));
    else changed.push(...changedRow(row, agent, board, nowMs));
  }
  const serials = new Set(boards.map((board) => board.serial));
  const gone = known.filter(
    (row) => row.agent === agent && row.removed === 0 && !serials.has(row.serial),
  );
  const isTransition = (row: BoardRow) =>
    row.transitions !== (bySerial.get(row.serial)?.transitions ?? 0);
  const otherwise = changed.filter((row) => row.check_run_id === null);
  const voidChecks = [...gone, ...otherwise.flatMap(({ serial }) => bySerial.get(serial) ?? [])];
  return { added, changed, gone, voidChecks, isTransition };
}

const NOT_SEEN = 'its agent has not reported it yet';

function newBoard(agent: string, board: BoardSpec, nowMs: number): BoardRow {
  return {
    serial: board.serial,
    agent,
    spec_json: JSON.stringify(board),
    removed: 0,
    offline: 1,
    health: 'good',
    health_cause: '',
    cause: NOT_SEEN,
    actor: 'inventory',
    since_ms: nowMs,
    fence: 0,
    lease_id: null,
    current_json: null,
    runs_finished: 0,
    faults_json: '[]',
    check_run_id: null,
    transitions: 1,
  };
}

function changedRow(row: BoardRow, agent: string, board: BoardSpec, nowMs: number): BoardRow[] {
  const spec_json = JSON.stringify(board);
  const check_run_id = isPlannedFor(row, board) ? row.check_run_id : null;
  if (row.agent === agent && row.removed === 0)
    return row.spec_json === spec_json ? [] : [{ ...row, spec_json, check_run_id }];
  // Another agent, or none, had it: nobody knows its state until this one has looked.
  const moved = { agent, spec_json, removed: 0, offline: 1, cause: NOT_SEEN, actor: 'inventory' };
  return [
    {
      ...row,
      ...moved,
      check_run_id,
      since_ms: Math.max(nowMs, row.since_ms + 1),
      transitions: row.transitions + 1,
    },
  ];
}

/** A check asks for the board's target, and has the golden image of its model. */
function isPlannedFor({ spec_json }: BoardRow, { target, model }: BoardSpec): boolean {
  const before = parseJson<BoardSpec>(spec_json);
  return before.target === target && before.model === model;
}
