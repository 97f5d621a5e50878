import type { StoreDatabase, Tx } from '../store/for-stages.js';
import { GithubLimited } from './github-errors.js';

/**
 * GitHub lets an App make content 80 times a minute and, "in general", 500 times an hour; it does not say whether changing
 * a check counts. Both are kept for every write, with some room for what somebody else does with the same App.
 */
const LIMITS = [
  { spanMs: 60_000, writes: 72 },
  { spanMs: 3_600_000, writes: 490 },
] as const;
const LONGEST_SPAN_MS = 3_600_000;

/** First pause when GitHub does not answer; it doubles up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Writes of each installation, and the pauses that GitHub asks for or needs: the same for all controllers. */
export class WriteBudgets {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  /** 0 when one more may be made now, and it is counted; else when to ask again. */
  take(installationId: number, nowMs: number): Promise<number> {
    return this.#db.transact(async (tx) => {
      const { not_before_ms } = await this.#locked(tx, installationId);
      let untilMs = not_before_ms;
      for (const { spanMs, writes } of LIMITS) {
        const oldestMs = await nthNewest(tx, installationId, writes);
        if (oldestMs !== undefined) untilMs = Math.max(untilMs, oldestMs + spanMs);
      }
      if (untilMs > nowMs) return untilMs;
      const mine = tx.deleteFrom('github_writes').where('installation_id', '=', installationId);
      await mine.where('at_ms', '<=', nowMs - LONGEST_SPAN_MS).execute();
      const row = { installation_id: installationId, at_ms: nowMs };
      await tx.insertInto('github_writes').values(row).execute();
      return 0;
    });
  }

  /** Counts one write. @throws GithubLimited when it is not yet time for another */
  async pay(installationId: number, nowMs: number): Promise<void> {
    const untilMs = await this.take(installationId, nowMs);
    if (untilMs > 0) throw new GithubLimited(untilMs);
  }

  /** GitHub wants no request before then. */
  pauseUntil(installationId: number, ms: number): Promise<void> {
    return this.#db.transact(async (tx) => {
      const { not_before_ms } = await this.#locked(tx, installationId);
      await save(tx, installationId, { not_before_ms: Math.max(not_before_ms, ms) });
    });
  }

  /** GitHub failed to answer. Returns when to try again; until then nobody does. */
  unanswered(installationId: number, nowMs: number): Promise<number> {
    return this.#db.transact(async (tx) => {
      const { not_before_ms, failures } = await this.#locked(tx, installationId);
      if (nowMs < not_before_ms) return not_before_ms;
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
      const untilMs = nowMs + pauseMs;
      await save(tx, installationId, { not_before_ms: untilMs, failures: failures + 1 });
      return untilMs;
    });
  }

  async answered(installationId: number): Promise<void> {
    const failed = this.#db.queries
      .selectFrom('github_budgets')
      .select('failures')
      .where('installation_id', '=', installationId)
      .where('failures', '>', 0);
    if (!(await failed.executeTakeFirst())) return;
    await this.#db.transact((tx) => save(tx, installationId, { failures: 0 }));
  }

  async #locked(tx: Tx, installationId: number) {
    await tx
      .insertInto('github_budgets')
      .values({ installation_id: installationId, not_before_ms: 0, failures: 0 })
      .onConflict((conflict) => conflict.column('installation_id').doNothing())
      .execute();
    const query = tx.selectFrom('github_budgets').selectAll();
    const mine = query.where('installation_id', '=', installationId);
    return await this.#db.dialect.lockRows(mine).executeTakeFirstOrThrow();
  }
}

async function nthNewest(tx: Tx, installationId: number, n: number): Promise<number | undefined> {
  const row = await tx
    .selectFrom('github_writes')
    .select('at_ms')
    .where('installation_id', '=', installationId)
    .orderBy('at_ms', 'desc')
    .limit(1)
    .offset(n - 1)
    .executeTakeFirst();
  return row?.at_ms;
}

async function save(
  tx: Tx,
  installationId: number,
  change: { not_before_ms?: number; failures?: number },
): Promise<void> {
  const query = tx.updateTable('github_budgets').set(change);
  await query.where('installation_id', '=', installationId).execute();
}
