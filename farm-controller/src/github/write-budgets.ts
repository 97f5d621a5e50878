import type { Logger } from 'pino';
import type { GithubWriteRow, StoreDatabase, Tx } from '../store/for-stages.js';
import type { GithubPauses } from './github-client.js';
import { GithubLimited } from './github-errors.js';

const LONGEST_SPAN_MS = 3_600_000;
const MOST_WRITES = 490;
/**
 * GitHub lets an App make content 80 times a minute and, "in general", 500 times an hour; it does not say whether changing
 * a check counts. Both are kept for every write, with some room for what somebody else does with the same App.
 */
const LIMITS = [
  { spanMs: 60_000, writes: 72 },
  { spanMs: LONGEST_SPAN_MS, writes: MOST_WRITES },
] as const;

/** First pause when GitHub does not answer; it doubles up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Who writes. */
export interface Writer {
  readonly installation_id: number;
  readonly repository_id: number;
}

/**
 * Writes of each installation, and the pauses that GitHub asks for or needs: the same for all controllers. Of several
 * repositories none takes more than half of what the others leave: one that comes later finds room.
 */
export class WriteBudgets implements GithubPauses {
  readonly now: () => number;
  readonly #db: StoreDatabase;
  readonly #log: Logger;

  constructor(db: StoreDatabase, { now, log }: { now: () => number; log: Logger }) {
    this.#db = db;
    this.now = now;
    this.#log = log;
  }

  /** 0 when one more may be made now, and it is counted; else when to ask again. */
  take({ installation_id, repository_id }: Writer): Promise<number> {
    const nowMs = this.now();
    return this.#db.transact(async (tx) => {
      const { not_before_ms } = await this.#locked(tx, installation_id);
      const mine = tx.deleteFrom('github_writes').where('installation_id', '=', installation_id);
      await mine.where('at_ms', '<=', nowMs - LONGEST_SPAN_MS).execute();
      const made = await writesOf(tx, installation_id);
      const isShared = await hasOthers(tx, { installation_id, repository_id });
      const untilMs = Math.max(not_before_ms, freeMs(made, { repository_id, isShared, nowMs }));
      if (untilMs > nowMs) return untilMs;
      const row = { installation_id, repository_id, at_ms: nowMs };
      await tx.insertInto('github_writes').values(row).execute();
      return 0;
    });
  }

  /** Counts one write. @throws GithubLimited when it is not yet time for another */
  async pay(writer: Writer): Promise<void> {
    const untilMs = await this.take(writer);
    if (untilMs > 0) throw new GithubLimited(untilMs);
  }

  async check(installationId: number): Promise<void> {
    const budgets = this.#db.queries.selectFrom('github_budgets').select('not_before_ms');
    const row = await budgets.where('installation_id', '=', installationId).executeTakeFirst();
    if (row && row.not_before_ms > this.now()) throw new GithubLimited(row.not_before_ms);
  }

  async pause(installationId: number, untilMs: number, cause: unknown): Promise<never> {
    const laterMs = await this.#db.transact(async (tx) => {
      const { not_before_ms } = await this.#locked(tx, installationId);
      const ms = Math.max(not_before_ms, untilMs);
      await save(tx, installationId, { not_before_ms: ms });
      return ms;
    });
    throw new GithubLimited(laterMs, { cause });
  }

  async unanswered(installationId: number, cause: unknown): Promise<never> {
    const nowMs = this.now();
    const untilMs = await this.#db.transact(async (tx) => {
      const { not_before_ms, failures } = await this.#locked(tx, installationId);
      if (nowMs < not_before_ms) return not_before_ms;
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
      const change = { not_before_ms: nowMs + pauseMs, failures: failures + 1 };
      await save(tx, installationId, change);
      return change.not_before_ms;
    });
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#log.warn({ why, installationId, untilMs }, 'GitHub does not answer');
    throw new GithubLimited(untilMs, { cause });
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

type Made = Pick<GithubWriteRow, 'repository_id' | 'at_ms'>;

/** The newest first; no more of them count than an hour has. */
async function writesOf(tx: Tx, installationId: number): Promise<Made[]> {
  const writes = tx.selectFrom('github_writes').select(['repository_id', 'at_ms']);
  const mine = writes.where('installation_id', '=', installationId);
  return await mine.orderBy('at_ms', 'desc').limit(MOST_WRITES).execute();
}

/** Whether another repository of the installation has commits that are looked after. */
async function hasOthers(tx: Tx, { installation_id, repository_id }: Writer): Promise<boolean> {
  const heads = tx.selectFrom('github_heads').select('id').where('state', '=', 'open');
  const here = heads.where('installation_id', '=', installation_id);
  const others = here.where('repository_id', '!=', repository_id).limit(1);
  return (await others.executeTakeFirst()) !== undefined;
}

/** When a repository may write; in the past for now. */
function freeMs(
  made: readonly Made[],
  { repository_id, isShared, nowMs }: { repository_id: number; isShared: boolean; nowMs: number },
): number {
  const waits = LIMITS.map(({ spanMs, writes }) => {
    const recent = made.filter(({ at_ms }) => at_ms > nowMs - spanMs);
    const own = recent.filter((one) => one.repository_id === repository_id);
    const left = writes - (recent.length - own.length);
    const most = isShared ? Math.max(1, Math.ceil(left / 2)) : left;
    const blocking = [recent[writes - 1], own[most - 1]].flatMap((one) => one?.at_ms ?? []);
    return Math.max(0, ...blocking) + (blocking.length > 0 ? spanMs : 0);
  });
  return Math.max(...waits);
}

async function save(
  tx: Tx,
  installationId: number,
  change: { not_before_ms?: number; failures?: number },
): Promise<void> {
  const query = tx.updateTable('github_budgets').set(change);
  await query.where('installation_id', '=', installationId).execute();
}
