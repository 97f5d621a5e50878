import type {
  BoardSpec,
  BoardStatus,
  BoardTransition,
  BoardView,
  Health,
} from '@greenrack/farm-protocol';
import { agentGone, agentsLapsed } from './agent-absence.js';
import { type BoardUpdate, lockChecks, lockedBoard, moveBoard, moveEach } from './board-rows.js';
import { syncBoards } from './board-sync.js';
import { recordTransitions } from './board-transitions.js';
import { NO_CHANGE } from './changes.js';
import { putExamination } from './duty-writes.js';
import { beginCheck, cancelCheck, endSuspicion, FORGOTTEN, suspectBoard } from './health-checks.js';
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
import type { StoreDatabase } from './store-database.js';
import { boardTransition, boardView } from './views.js';

const DECIDED = 'somebody decided about the board before it was examined';

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

  agentGone(
    agent: string,
    why: { cause: string; nowMs: number; controllerId?: string },
  ): Promise<Change> {
    return this.#db.transact((tx) => agentGone(this.#db, tx, agent, why));
  }

  agentsLapsed(nowMs: number): Promise<{ agents: string[]; change: Change }> {
    return this.#db.transact((tx) => agentsLapsed(this.#db, tx, nowMs));
  }

  setHealth(
    serial: string,
    to: { health: Health; cause: string; actor: string; evidence?: string },
    nowMs: number,
  ): Promise<Change | undefined> {
    const { evidence, ...rest } = to;
    const update = { ...rest, health_cause: to.cause };
    return this.#db.transact(async (tx) => {
      await lockChecks(this.#db, tx, { serial });
      const row = await lockedBoard(this.#db, tx, serial);
      if (!row) return undefined;
      if (row.health === to.health && row.cause === to.cause) return NO_CHANGE;
      const goesOn = row.health === 'suspect' && to.health === 'suspect';
      const cancelled = goesOn ? NO_CHANGE : await cancelCheck(tx, row, DECIDED, nowMs);
      const columns = goesOn ? update : { ...update, ...FORGOTTEN };
      const moved = await moveBoard(tx, serial, columns, nowMs);
      await recordTransitions(this.#db, tx, [moved], evidence);
      if (to.health === 'suspect') await putExamination(tx, serial, nowMs);
      return { ...cancelled, boards: [boardView(moved)] };
    });
  }

  suspect(serial: string): Promise<SuspectBoard | undefined> {
    return suspectBoard(this.#db.queries, serial);
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
}
