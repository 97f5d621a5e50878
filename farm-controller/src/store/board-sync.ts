import type { BoardSpec } from '@greenrack/farm-protocol';
import type { BoardRow } from './schema.js';

/** What an agent's inventory changes of the boards that the farm knows. */
export interface InventoryChanges {
  readonly added: readonly BoardRow[];
  /** New rows of boards that are described otherwise, came back, or moved to this agent. */
  readonly changed: readonly BoardRow[];
  readonly gone: readonly BoardRow[];
  /** Whether the row's state was changed, not only its description. */
  isTransition(row: BoardRow): boolean;
}

/** Compares; changes nothing. `known` are the agent's boards and those with the serials of `boards`. */
export function inventoryChanges(
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
  return { added, changed, gone, isTransition };
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
  if (row.agent === agent && row.removed === 0)
    return row.spec_json === spec_json ? [] : [{ ...row, spec_json }];
  // Another agent, or none, had it: nobody knows its state until this one has looked.
  const moved = { agent, spec_json, removed: 0, offline: 1, cause: NOT_SEEN, actor: 'inventory' };
  return [
    {
      ...row,
      ...moved,
      since_ms: Math.max(nowMs, row.since_ms + 1),
      transitions: row.transitions + 1,
    },
  ];
}
