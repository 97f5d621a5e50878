import { cleanText } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import {
  DEAD,
  type DutyRow,
  LIVE,
  pageOfRows,
  putDuty,
  type StoreDatabase,
  type Tx,
} from '../store/for-stages.js';
import type {
  ClaimedDuty,
  DutyBacklog,
  DutyClaim,
  DutyEnd,
  DutyKind,
  DutyState,
  DutyStore,
  Page,
  PageRequest,
} from '../store/ports.js';

/** A new kind has to be named here, or this does not compile. */
const KINDS: Readonly<Record<DutyKind, true>> = {
  expireQueued: true,
  examineBoard: true,
  runSchedule: true,
  githubEvent: true,
  githubCheck: true,
  githubArtifact: true,
  githubCatchUp: true,
  githubReconcile: true,
  analyseAttempt: true,
  measureImages: true,
  pursueChange: true,
  retain: true,
  removeLogs: true,
  removeImage: true,
  endUpload: true,
  gatherNotices: true,
  sendNotices: true,
};
const DUTY_KINDS = Object.keys(KINDS) as DutyKind[];
const MAX_ERROR_CHARS = 2_000;

/** Duties in the database. */
export class SqlDutyStore implements DutyStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  claim({ owner, kind, nowMs, untilMs, limit }: DutyClaim): Promise<ClaimedDuty[]> {
    return this.#db.transact(async (tx) => {
      const free = tx
        .selectFrom('duties')
        .select('id')
        .where('dead', '=', LIVE)
        .where('kind', '=', kind)
        .where('due_ms', '<=', nowMs)
        .where((eb) => eb.or([eb('owner', 'is', null), eb('owner_until_ms', '<=', nowMs)]))
        .orderBy('due_ms')
        .limit(limit);
      const rows = await this.#db.dialect.lockRows(free).execute();
      if (rows.length === 0) return [];
      return this.#own(
        tx,
        rows.map(({ id }) => id),
        { owner, untilMs },
      );
    });
  }

  async end(duty: ClaimedDuty, owner: string, end: DutyEnd): Promise<void> {
    await this.#db.transact(async (tx) => {
      const query = tx
        .selectFrom('duties')
        .selectAll()
        .where('id', '=', duty.id)
        .where('owner', '=', owner);
      const [row] = await this.#db.dialect.lockRows(query).execute();
      if (!row) return;
      if (end.kind === 'failed') await fail(tx, row, end);
      // Somebody asked for it again while it was done: that has its own due time, which stands.
      else if (row.revision > duty.revision)
        await release(tx, row.id, Math.min(row.due_ms, end.againMs ?? row.due_ms));
      else if (end.againMs !== undefined) await release(tx, row.id, end.againMs);
      else await tx.deleteFrom('duties').where('id', '=', row.id).execute();
    });
  }

  async nextDueMs(): Promise<ReadonlyMap<DutyKind, number>> {
    // A duty that somebody is working on is free when that owner's time is up.
    const freeMs = sql<number>`min(case when owner is null then due_ms else owner_until_ms end)`;
    const rows = await this.#db.queries
      .selectFrom('duties')
      .select(['kind', freeMs.as('ms')])
      .where('dead', '=', LIVE)
      .groupBy('kind')
      .execute();
    return new Map(rows.map(({ kind, ms }) => [kind, Number(ms)]));
  }

  async list(only: 'dead' | 'all', page: PageRequest): Promise<Page<DutyState>> {
    let query = this.#db.queries
      .selectFrom('duties')
      .selectAll()
      .orderBy('id')
      .limit(page.limit + 1);
    if (only === 'dead') query = query.where('dead', '=', DEAD);
    if (page.cursor !== undefined) query = query.where('id', '>', page.cursor);
    return pageOfRows(await query.execute(), page, { view: dutyState, cursorOf: (row) => row.id });
  }

  async retry(id: string, nowMs: number): Promise<boolean> {
    return await this.#db.transact(async (tx) => {
      const duty = tx.selectFrom('duties').select(['kind', 'subject']).where('id', '=', id);
      const found = await duty.executeTakeFirst();
      if (found) await putDuty(tx, { ...found, dueMs: nowMs }, nowMs);
      return found !== undefined;
    });
  }

  onWritten(listener: () => void): void {
    this.#db.onDutyWritten(listener);
  }

  async disown(): Promise<void> {
    await this.#db.transact((tx) =>
      tx.updateTable('duties').set(RELEASED).where('owner', 'is not', null).execute(),
    );
  }

  async backlog(nowMs: number): Promise<readonly DutyBacklog[]> {
    const live = this.#db.queries.selectFrom('duties').where('dead', '=', LIVE);
    const dead = this.#db.queries.selectFrom('duties').where('dead', '=', DEAD);
    return await Promise.all(
      DUTY_KINDS.map(async (kind) => {
        const due = await live
          .select((eb) => [eb.fn.countAll().as('n'), eb.fn.min('due_ms').as('oldestMs')])
          .where('kind', '=', kind)
          .where('due_ms', '<=', nowMs)
          .executeTakeFirstOrThrow();
        const left = await dead
          .select((eb) => eb.fn.countAll().as('n'))
          .where('kind', '=', kind)
          .executeTakeFirstOrThrow();
        const oldestDueMs = due.oldestMs === null ? 0 : nowMs - Number(due.oldestMs);
        return { kind, due: Number(due.n), dead: Number(left.n), oldestDueMs };
      }),
    );
  }

  async #own(
    tx: Tx,
    ids: readonly string[],
    { owner, untilMs }: { owner: string; untilMs: number },
  ): Promise<ClaimedDuty[]> {
    const rows = await tx
      .updateTable('duties')
      .set({ owner, owner_until_ms: untilMs })
      .where('id', 'in', ids)
      .returningAll()
      .execute();
    return rows.map(({ id, kind, subject, due_ms: dueMs, tries, revision }) => ({
      id,
      kind,
      subject,
      dueMs,
      tries,
      revision,
    }));
  }
}

const RELEASED = { owner: null, owner_until_ms: null } as const;

async function release(tx: Tx, id: string, dueMs: number): Promise<void> {
  await tx
    .updateTable('duties')
    .set({ ...RELEASED, due_ms: dueMs, tries: 0, last_error: null })
    .where('id', '=', id)
    .execute();
}

async function fail(
  tx: Tx,
  row: DutyRow,
  end: Extract<DutyEnd, { kind: 'failed' }>,
): Promise<void> {
  const { retryMs, dead, error } = end;
  await tx
    .updateTable('duties')
    .set({
      ...RELEASED,
      due_ms: retryMs,
      tries: row.tries + 1,
      // Whatever a foreign server said: it must not keep the failure from being written.
      last_error: cleanText(error.slice(0, MAX_ERROR_CHARS)),
      dead: dead ? 1 : 0,
    })
    .where('id', '=', row.id)
    .execute();
}

function dutyState(row: DutyRow): DutyState {
  const { id, kind, subject, tries, owner } = row;
  return {
    id,
    kind,
    subject,
    tries,
    owner,
    dueMs: row.due_ms,
    lastError: row.last_error,
    dead: row.dead === 1,
  };
}
