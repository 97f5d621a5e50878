import type {
  BoardSpec,
  BoardStatus,
  BoardTransition,
  BoardView,
  Health,
} from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import { inventoryChanges } from './board-sync.js';
import { recordTransitions, sinceAt } from './board-transitions.js';
import { NO_CHANGE } from './changes.js';
import {
  beginCheck,
  cancelCheck,
  endSuspicion,
  FORGOTTEN,
  lockedBoard,
  suspectBoards,
} from './health-checks.js';
import { numberCursor, pageOfRows } from './paging.js';
import type {
  BoardStore,
  Change,
  NewSubmission,
  Page,
  PageRequest,
  QueuedRun,
  SuspectBoard,
} from './ports.js';
import type { BoardRow } from './schema.js';
import type { StoreDatabase, Tx } from './store-database.js';
import { boardTransition, boardView } from './views.js';

/** What a transition sets on a board. */
interface BoardUpdate {
  readonly offline?: number;
  readonly removed?: number;
  readonly health?: Health;
  readonly health_cause?: string;
  readonly cause: string;
  readonly actor: string;
  readonly faults_json?: string;
  readonly check_run_id?: null;
}

/** Boards in the database. */
export class SqlBoardStore implements BoardStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  sync(agent: string, boards: readonly BoardSpec[], nowMs: number): Promise<Change> {
    return this.#db.transact(async (tx) => {
      const serials = boards.map((board) => board.serial);
      const known = await this.#locked(tx, agent, serials);
      const plan = inventoryChanges(agent, boards, known, nowMs);
      const rows: BoardRow[] = [];
      for (const row of plan.added) rows.push(await this.#insert(tx, row));
      for (const row of plan.changed) rows.push(await this.#rewrite(tx, row));
      const gone = { removed: 1, offline: 1, cause: 'gone from the inventory', actor: 'inventory' };
      for (const row of plan.gone) rows.push(await this.#move(tx, row.serial, gone, nowMs));
      await recordTransitions(this.#db, tx, rows.filter(plan.isTransition));
      return changeOf(rows);
    });
  }

  report(agent: string, statuses: readonly BoardStatus[], nowMs: number): Promise<Change> {
    const bySerial = new Map(statuses.map((status) => [status.serial, status]));
    return this.#moveEach(agent, nowMs, (row) => {
      const status = bySerial.get(row.serial);
      if (!status || row.removed === 1) return undefined;
      const cause = status.detail || (status.usable ? 'its agent offers it' : 'not usable');
      const offline = status.usable ? 0 : 1;
      if (offline === row.offline && (offline === 0 || cause === row.cause)) return undefined;
      return { offline, cause, actor: agent };
    });
  }

  agentGone(agent: string, cause: string, nowMs: number): Promise<Change> {
    return this.#moveEach(agent, nowMs, (row) =>
      row.offline === 1 ? undefined : { offline: 1, cause, actor: 'controller' },
    );
  }

  setHealth(
    serial: string,
    to: { health: Health; cause: string; actor: string; evidence?: string },
    nowMs: number,
  ): Promise<Change | undefined> {
    const { evidence, ...rest } = to;
    const update = { ...rest, health_cause: to.cause };
    return this.#db.transact(async (tx) => {
      const row = await lockedBoard(this.#db, tx, serial);
      if (!row) return undefined;
      if (row.health === to.health && row.cause === to.cause) return NO_CHANGE;
      const goesOn = row.health === 'suspect' && to.health === 'suspect';
      const cancelled = goesOn ? NO_CHANGE : await cancelCheck(tx, row, nowMs);
      const columns = goesOn ? update : { ...update, ...FORGOTTEN };
      const moved = await this.#move(tx, serial, columns, nowMs);
      await recordTransitions(this.#db, tx, [moved], evidence);
      return { ...cancelled, boards: [boardView(moved)] };
    });
  }

  suspects(): Promise<SuspectBoard[]> {
    return suspectBoards(this.#db.queries);
  }

  beginCheck(
    serial: string,
    check: NewSubmission,
  ): Promise<{ change: Change; queued: QueuedRun[] } | undefined> {
    return this.#db.transact((tx) => beginCheck(this.#db, tx, serial, check));
  }

  endSuspicion(
    serial: string,
    checkRunId: string | null,
    to: Parameters<BoardStore['endSuspicion']>[2],
  ): Promise<Change> {
    return this.#db.transact((tx) => endSuspicion(this.#db, tx, serial, { checkRunId, ...to }));
  }

  async get(serial: string): Promise<BoardView | undefined> {
    const row = await this.#db.queries
      .selectFrom('boards')
      .selectAll()
      .where('serial', '=', serial)
      .executeTakeFirst();
    return row && boardView(row);
  }

  async list(): Promise<BoardView[]> {
    const rows = await this.#db.queries
      .selectFrom('boards')
      .selectAll()
      .where('removed', '=', 0)
      .orderBy('serial')
      .execute();
    return rows.map(boardView);
  }

  async history(serial: string, page: PageRequest): Promise<Page<BoardTransition>> {
    const before = numberCursor(page);
    let query = this.#db.queries
      .selectFrom('board_transitions')
      .selectAll()
      .where('serial', '=', serial)
      .orderBy('seq', 'desc')
      .limit(page.limit + 1);
    if (before !== undefined) query = query.where('seq', '<', before);
    const rows = await query.execute();
    return pageOfRows(rows, page, { view: boardTransition, cursorOf: (row) => row.seq });
  }

  #locked(tx: Tx, agent: string, serials: readonly string[]): Promise<BoardRow[]> {
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
    return this.#db.dialect.lockRows(query).execute();
  }

  /** Moves those boards of an agent for which `decide` has an update. */
  #moveEach(
    agent: string,
    nowMs: number,
    decide: (row: BoardRow) => BoardUpdate | undefined,
  ): Promise<Change> {
    return this.#db.transact(async (tx) => {
      const rows = await this.#locked(tx, agent, []);
      const moved: BoardRow[] = [];
      for (const row of rows) {
        const update = decide(row);
        if (update) moved.push(await this.#move(tx, row.serial, update, nowMs));
      }
      await recordTransitions(this.#db, tx, moved);
      return changeOf(moved);
    });
  }

  #move(tx: Tx, serial: string, update: BoardUpdate, nowMs: number): Promise<BoardRow> {
    return tx
      .updateTable('boards')
      .set({ ...update, since_ms: sinceAt(nowMs), transitions: sql`transitions + 1` })
      .where('serial', '=', serial)
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  #insert(tx: Tx, row: BoardRow): Promise<BoardRow> {
    return tx.insertInto('boards').values(row).returningAll().executeTakeFirstOrThrow();
  }

  #rewrite(tx: Tx, { serial, ...columns }: BoardRow): Promise<BoardRow> {
    return tx
      .updateTable('boards')
      .set(columns)
      .where('serial', '=', serial)
      .returningAll()
      .executeTakeFirstOrThrow();
  }
}

function changeOf(rows: readonly BoardRow[]): Change {
  return { ...NO_CHANGE, boards: rows.map(boardView) };
}
