import type { Health } from '@greenrack/farm-protocol';
import {
  boardView,
  cancelCheck,
  FORGOTTEN,
  lockChecks,
  lockedBoard,
  moveBoard,
  NO_CHANGE,
  putExamination,
  recordTransitions,
  type StoreDatabase,
} from '../store/for-stages.js';
import type {
  Change,
  HealthStore,
  NewSubmission,
  QueuedRun,
  SuspectBoard,
} from '../store/ports.js';
import { beginCheck, endSuspicion, suspectBoard } from './health-checks.js';

const DECIDED = 'somebody decided about the board before it was examined';

/** What people and health checks say of boards, in the database. */
export class SqlHealthStore implements HealthStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  set(
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
    to: Parameters<HealthStore['endSuspicion']>[2],
  ): Promise<Change> {
    return this.#db.transact((tx) => endSuspicion(this.#db, tx, serial, { checkRunId, ...to }));
  }
}
