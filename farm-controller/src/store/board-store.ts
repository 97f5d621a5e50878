import type { BoardSpec, BoardStatus, BoardTransition, BoardView } from '@greenrack/farm-protocol';
import { type BoardUpdate, moveEach } from './board-rows.js';
import { syncBoards } from './board-sync.js';
import { numberCursor, pageOfRows } from './paging.js';
import type { BoardStore, Change, Page, PageRequest } from './ports.js';
import type { BoardRow } from './schema.js';
import type { StoreDatabase } from './store-database.js';
import { boardTransition, boardView } from './views.js';

/** Boards in the database. */
export class SqlBoardStore implements BoardStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  sync(agent: string, boards: readonly BoardSpec[], nowMs: number): Promise<Change> {
    return this.#db.transact((tx) => syncBoards(this.#db, tx, { agent, boards, nowMs }));
  }

  report(agent: string, statuses: readonly BoardStatus[], nowMs: number): Promise<Change> {
    const bySerial = new Map(statuses.map((status) => [status.serial, status]));
    const decide = (row: BoardRow): BoardUpdate | undefined => {
      const status = bySerial.get(row.serial);
      if (!status || row.removed === 1) return undefined;
      const cause = status.detail || (status.usable ? 'its agent offers it' : 'not usable');
      const offline = status.usable ? 0 : 1;
      if (offline === row.offline && (offline === 0 || cause === row.cause)) return undefined;
      return { offline, cause, actor: agent };
    };
    return this.#db.transact((tx) => moveEach(this.#db, tx, { agent, nowMs }, decide));
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
}
