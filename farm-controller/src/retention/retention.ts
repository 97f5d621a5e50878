import { sql } from 'kysely';
import type { Logger } from 'pino';
import { countForgotten, putDuty, type StoreDatabase } from '../store/for-stages.js';
import type { Clock } from '../timing/clock.js';
import { DAY_MS, KEYS_KEPT_MS, type RetentionPolicy } from './policy.js';
import { type InUse, markImage, removableImages, removableSubmissions } from './removable.js';

/** Submissions and images that one round lets go, and the pause after a round that found as many: what runs comes first. */
const ROUND = 50;
const PAUSE_MS = 10_000;
/** After a start. */
const FIRST_MS = 60_000;
const ROUND_EVERY_MS = 3_600_000;
/** Rows that one statement deletes. */
const ROWS = 1_000;
/** Attempts whose events one transaction deletes. */
const ATTEMPTS = 20;
/** A file that was written more recently may be an upload of the same image. */
const FRESH_MS = 3_600_000;

export interface RetentionDeps {
  readonly database: StoreDatabase;
  readonly policy: RetentionPolicy;
  readonly inUse: () => Promise<InUse>;
  /** Removes all streams of an attempt, wherever they are. */
  readonly removeStreams: (attemptId: string) => Promise<void>;
  readonly images: {
    readonly modifiedMs: (sha256: string) => Promise<number | undefined>;
    readonly delete: (sha256: string) => Promise<void>;
  };
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Lets go what the policy does not keep. A round marks what goes, and each thing that is marked becomes a duty in the
 * same transaction: readers are told that it is removed before its first byte is, and nothing that is marked stays.
 */
export class Retention {
  readonly #deps: RetentionDeps;

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  /** Has the first round made a while after a start. */
  async start(): Promise<void> {
    const { database, clock } = this.#deps;
    const nowMs = clock.now();
    await database.transact((tx) =>
      putDuty(tx, { kind: 'retain', subject: 'farm', dueMs: nowMs + FIRST_MS }, nowMs),
    );
  }

  /** The duty `retain`: one round. Answers when the next is due. */
  async round(): Promise<number> {
    const { database, policy, inUse, clock, log } = this.#deps;
    const nowMs = clock.now();
    const which = { nowMs, limit: ROUND, inUse: await inUse() };
    const submissions = await removableSubmissions(database.queries, policy, which);
    for (const id of submissions) await this.#markLogs(id, nowMs);
    const images = await removableImages(database.queries, policy, which);
    let marked = 0;
    for (const sha256 of images) if (await this.#markImage(sha256, nowMs)) marked += 1;
    const rows = await this.#deleteRows(nowMs);
    const found = { submissions: submissions.length, images: marked, rows };
    if (found.submissions + found.images + rows > 0) log.info(found, 'removed by policy');
    const more = submissions.length === ROUND || marked === ROUND || rows === ROWS;
    return nowMs + (more ? PAUSE_MS : ROUND_EVERY_MS);
  }

  /** The duty `removeLogs`: events, consoles and traces of a submission that is marked. */
  async removeLogs(submissionId: string, signal: AbortSignal): Promise<undefined> {
    const { database, removeStreams } = this.#deps;
    for (let after = ''; !signal.aborted; ) {
      const attempts = await this.#attempts(submissionId, after);
      if (attempts.length === 0) return;
      for (const id of attempts) await removeStreams(id);
      await database.transact(async (tx) => {
        await countForgotten(tx, attempts);
        for (const table of ['events', 'attempt_streams'] as const)
          await tx.deleteFrom(table).where('attempt_id', 'in', attempts).execute();
      });
      after = attempts.at(-1) ?? '';
    }
    throw signal.reason;
  }

  /** The duty `removeImage`: the bytes of an image that is marked. */
  async removeImage(sha256: string): Promise<undefined> {
    const { database, images, clock } = this.#deps;
    const row = await database.queries
      .selectFrom('images')
      .select('removed_ms')
      .where('sha256', '=', sha256)
      .executeTakeFirst();
    const modifiedMs = await images.modifiedMs(sha256);
    if ((row?.removed_ms ?? null) === null || modifiedMs === undefined) return;
    if (modifiedMs < clock.now() - FRESH_MS) await images.delete(sha256);
  }

  async #markLogs(id: string, nowMs: number): Promise<void> {
    await this.#deps.database.transact(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('submissions')
        .set({ logs_removed_ms: nowMs, revision: sql`revision + 1` })
        .where('id', '=', id)
        .where('pinned_by', 'is', null)
        .where('logs_removed_ms', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows > 0n)
        await putDuty(tx, { kind: 'removeLogs', subject: id, dueMs: nowMs }, nowMs);
    });
  }

  #markImage(sha256: string, nowMs: number): Promise<boolean> {
    const { database } = this.#deps;
    const isPostgres = database.dialect.name === 'postgres';
    return database.transact(async (tx) => {
      const marked = await markImage(tx, sha256, { nowMs, isPostgres });
      if (marked) await putDuty(tx, { kind: 'removeImage', subject: sha256, dueMs: nowMs }, nowMs);
      return marked;
    });
  }

  async #attempts(submissionId: string, after: string): Promise<string[]> {
    const rows = await this.#deps.database.queries
      .selectFrom('attempts')
      .innerJoin('runs', 'runs.id', 'attempts.run_id')
      .select('attempts.id')
      .where('runs.submission_id', '=', submissionId)
      .where('attempts.id', '>', after)
      .orderBy('attempts.id')
      .limit(ATTEMPTS)
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Answers the most rows that any table lost. */
  async #deleteRows(nowMs: number): Promise<number> {
    const { database, policy } = this.#deps;
    return await database.transact(async (tx) => {
      const keys = await sql`delete from idempotency_keys where (tenant, request_key) in (
        select tenant, request_key from idempotency_keys
        where created_ms < ${nowMs - KEYS_KEPT_MS} limit ${ROWS})`.execute(tx);
      // The present state of a board is the last of its history.
      const history = await sql`delete from board_transitions where (serial, seq) in (
        select t.serial, t.seq from board_transitions t join boards b on b.serial = t.serial
        where t.at_ms < ${nowMs - policy.boardHistoryDays * DAY_MS} and t.seq < b.transitions
        limit ${ROWS})`.execute(tx);
      return Math.max(Number(keys.numAffectedRows ?? 0), Number(history.numAffectedRows ?? 0));
    });
  }
}
