import { newId } from '@greenrack/farm-protocol';
import { type GithubCheckRow, putDuty, type StoreDatabase, type Tx } from '../store/for-stages.js';
import type { GithubEvent } from './github-event.js';

/** Longer than GitHub lets a delivery be sent again: 7 days on Enterprise servers. */
const KEEP_DELIVERIES_MS = 8 * 24 * 3_600_000;
/** Removed with each new one. */
const SWEPT = 20;

/** Deliveries and checks in the database. */
export class GithubRows {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  /** Keeps a delivery and what it makes due. False when it has come before. GitHub waits for ten seconds. */
  keep(
    { id, name, event }: { id: string; name: string; event?: GithubEvent },
    nowMs: number,
  ): Promise<boolean> {
    return this.#db.transact(async (tx) => {
      const { numInsertedOrUpdatedRows: kept } = await tx
        .insertInto('github_deliveries')
        .values({ id, name, event_json: event ? JSON.stringify(event) : null, received_ms: nowMs })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirstOrThrow();
      if (!kept) return false;
      await sweep(tx, nowMs);
      if (event) await putDuty(tx, { kind: 'githubEvent', subject: id, dueMs: nowMs }, nowMs);
      return true;
    }, 'urgent');
  }

  /** Whether a delivery has come, whatever it means. */
  async isKept(guid: string): Promise<boolean> {
    const { queries } = this.#db;
    const kept = queries.selectFrom('github_deliveries').select('id').where('id', '=', guid);
    return (await kept.executeTakeFirst()) !== undefined;
  }

  async event(deliveryId: string): Promise<{ event: GithubEvent; receivedMs: number } | undefined> {
    const row = await this.#db.queries
      .selectFrom('github_deliveries')
      .selectAll()
      .where('id', '=', deliveryId)
      .executeTakeFirst();
    if (row?.event_json == null) return undefined;
    return { event: JSON.parse(row.event_json) as GithubEvent, receivedMs: row.received_ms };
  }

  /** A step of bringing a repository in step is due. */
  async reconcile(subject: string, nowMs: number): Promise<void> {
    const duty = { kind: 'githubReconcile', subject, dueMs: nowMs } as const;
    await this.#db.transact((tx) => putDuty(tx, duty, nowMs));
  }

  /** The checks of a commit, the newest of each name. */
  async checks(headId: string): Promise<Map<string, GithubCheckRow>> {
    const rows = await this.#db.queries
      .selectFrom('github_checks')
      .selectAll()
      .where('head_id', '=', headId)
      .orderBy('round')
      .execute();
    return new Map(rows.map((row) => [row.name, row]));
  }

  async check(externalId: string): Promise<GithubCheckRow | undefined> {
    return await this.#db.queries
      .selectFrom('github_checks')
      .selectAll()
      .where('id', '=', externalId)
      .executeTakeFirst();
  }

  async putCheck(headId: string, name: string, round: number): Promise<GithubCheckRow> {
    const row = {
      ...{ id: newId('ghc', Date.now()), head_id: headId, name, round, check_run_id: null },
      ...{ tried: 0, status: '', digest: '', sent_ms: 0, annotations: 0, annotations_tried: 0 },
    };
    await this.#db.transact((tx) => tx.insertInto('github_checks').values(row).execute());
    return row;
  }

  async saveCheck(id: string, change: Partial<GithubCheckRow>): Promise<void> {
    await this.#db.transact((tx) =>
      tx.updateTable('github_checks').set(change).where('id', '=', id).execute(),
    );
  }
}

async function sweep(tx: Tx, nowMs: number): Promise<void> {
  const old = tx
    .selectFrom('github_deliveries')
    .select('id')
    .where('received_ms', '<', nowMs - KEEP_DELIVERIES_MS)
    .orderBy('received_ms')
    .limit(SWEPT);
  await tx.deleteFrom('github_deliveries').where('id', 'in', old).execute();
}
