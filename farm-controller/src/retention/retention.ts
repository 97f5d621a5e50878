import type { RetentionPolicy, StreamData } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { putDuty, type StoreDatabase } from '../store/for-stages.js';
import type { Clock } from '../timing/clock.js';
import { forgetStreams } from './forget-streams.js';
import {
  deleteActs,
  deleteHeads,
  deleteHistory,
  deleteKeys,
  deletePoints,
  ROWS,
} from './old-rows.js';
import { AUDIT_KEPT_MS, CHECKS_KEPT_MS, KEYS_KEPT_MS, REMOVALS, type Removal } from './policy.js';
import { type InUse, markImage, removableImages, removableSubmissions } from './removable.js';

/** Submissions and images that one round lets go, and the pause after a round that found as many: what runs comes first. */
const ROUND = 50;
const PAUSE_MS = 10_000;
/** After a start. */
const FIRST_MS = 60_000;
const ROUND_EVERY_MS = 3_600_000;
/** Attempts whose events one transaction deletes. */
const ATTEMPTS = 20;
/** A file that was written more recently may be an upload of the same image. */
const FRESH_MS = 3_600_000;

export interface RetentionDeps {
  readonly database: StoreDatabase;
  /** As it is now: an operator may change it. */
  readonly policy: () => RetentionPolicy;
  readonly inUse: () => Promise<InUse>;
  /** Removes these streams of an attempt, wherever they are. */
  readonly removeStreams: (attemptId: string, kinds: ReadonlySet<StreamData>) => Promise<void>;
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

  /** Has the first round made a while after a start, and after the policy has changed. */
  async start(): Promise<void> {
    const { database, clock } = this.#deps;
    const nowMs = clock.now();
    await database.transact((tx) =>
      putDuty(tx, { kind: 'retain', subject: 'farm', dueMs: nowMs + FIRST_MS }, nowMs),
    );
  }

  /** The duty `retain`: one round. Answers when the next is due. */
  async round(): Promise<number> {
    const { database, inUse, clock, log } = this.#deps;
    const policy = this.#deps.policy();
    const nowMs = clock.now();
    const which = { nowMs, limit: ROUND, inUse: await inUse() };
    let submissions = 0;
    for (const removal of REMOVALS) {
      const ids = await removableSubmissions(database.queries, policy, removal, which);
      for (const id of ids) await this.#markLogs(id, removal, nowMs);
      submissions = Math.max(submissions, ids.length);
    }
    const images = await removableImages(database.queries, policy, which);
    let marked = 0;
    for (const sha256 of images) if (await this.#markImage(sha256, nowMs)) marked += 1;
    const rows = await this.#deleteRows(policy, nowMs);
    const found = { submissions, images: marked, rows };
    if (submissions + marked + rows > 0) log.info(found, 'removed by policy');
    const more = submissions === ROUND || marked === ROUND || rows === ROWS;
    return nowMs + (more ? PAUSE_MS : ROUND_EVERY_MS);
  }

  /** The duty `removeLogs`: what of events, consoles and traces of a submission is marked. */
  async removeLogs(submissionId: string, signal: AbortSignal): Promise<undefined> {
    const { database, removeStreams } = this.#deps;
    const kinds = await this.#marked(submissionId);
    for (let after = ''; !signal.aborted; ) {
      const attempts = await this.#attempts(submissionId, after);
      if (attempts.length === 0) return;
      for (const id of attempts) await removeStreams(id, kinds);
      await database.transact((tx) => forgetStreams(tx, attempts, kinds));
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

  /** Kinds of data of a submission that are marked. */
  async #marked(submissionId: string): Promise<Set<StreamData>> {
    const row = await this.#deps.database.queries
      .selectFrom('submissions')
      .select(REMOVALS.map(({ column }) => column))
      .where('id', '=', submissionId)
      .executeTakeFirst();
    const marked = REMOVALS.filter(({ column }) => (row?.[column] ?? null) !== null);
    return new Set(marked.map(({ data }) => data));
  }

  async #markLogs(id: string, { column }: Removal, nowMs: number): Promise<void> {
    await this.#deps.database.transact(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('submissions')
        .set({ [column]: nowMs, revision: sql`revision + 1` })
        .where('id', '=', id)
        .where('pinned_by', 'is', null)
        .where(column, 'is', null)
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
  async #deleteRows(policy: RetentionPolicy, nowMs: number): Promise<number> {
    return await this.#deps.database.transact(async (tx) => {
      const keys = await deleteKeys(tx, nowMs - KEYS_KEPT_MS);
      const history = await deleteHistory(tx, policy, nowMs);
      const points = await deletePoints(tx, policy, nowMs);
      const acts = await deleteActs(tx, nowMs - AUDIT_KEPT_MS);
      const heads = await deleteHeads(tx, nowMs - CHECKS_KEPT_MS);
      return Math.max(keys, history, points, acts, heads);
    });
  }
}
