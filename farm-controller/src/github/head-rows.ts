import { newId } from '@greenrack/farm-protocol';
import {
  type GithubHeadRow,
  type GithubWantRow,
  type Queries,
  hurrySubmissions,
  putDuty,
  type StoreDatabase,
  type Tx,
} from '../store/for-stages.js';
import type { QueuedRun } from '../store/ports.js';
import type { RepositoryAccess } from './github-client.js';
import { type EventPlace, pullOf, pullReason, type WantedHead } from './github-event.js';

/** What the farm says of a new commit. */
export interface HeadTerms {
  readonly tenant: string;
  readonly waitUntilMs: number;
  /** When the farm heard of it. */
  readonly receivedMs: number;
  readonly nowMs: number;
}

/** Something that is over at GitHub. */
export interface Unwanted {
  readonly repositoryId: number;
  /** What the commits were wanted for, and what ends with it. */
  readonly reasons: readonly [string, ...string[]];
  /** Only of this commit; else of all that were wanted for it until then. */
  readonly sha?: string;
  /** A commit that lives on in a branch, where it is now the newest. */
  readonly kept?: { readonly sha: string; readonly branch: string } | undefined;
  readonly atMs: number;
  readonly why: string;
  readonly nowMs: number;
}

/** What a commit is wanted for. */
const reasonOf = ({ pullRequest, ref }: WantedHead): string =>
  pullRequest === undefined ? ref : pullReason(pullRequest);

/** What was pushed to a branch is what holds there, whatever was there before. */
const baseOf = ({ pullRequest, queued, baseSha }: WantedHead): string | null =>
  pullRequest === undefined && !queued ? null : (baseSha ?? null);

/** A pull request, and the branch that it is made of: what ends the one ends the other. */
const allReasons = ({ pullRequest, ref, fork }: WantedHead): [string, ...string[]] =>
  pullRequest === undefined ? [ref] : [pullReason(pullRequest), ...(fork ? [] : [ref])];

/** Groups of the merge queues of one repository that are looked after. */
const MAX_REASONS = 2_000;
/** Branches that one commit is to go into, and whose policies are asked: those of the pull requests that were opened first. */
const MAX_BASES = 20;

/** Commits that one is to go into; null for none. */
export type BaseShas = readonly [string | null, ...(string | null)[]];

/**
 * Commits at GitHub and what they are wanted for. One commit may be the newest of several pull requests and of branches
 * at once, such as after a merge that made no new commit: it is given up when nothing wants it any more.
 */
export class HeadRows {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async head(id: string): Promise<GithubHeadRow | undefined> {
    return await this.#heads().where('id', '=', id).executeTakeFirst();
  }

  async headOf(repositoryId: number, sha: string): Promise<GithubHeadRow | undefined> {
    const ofIt = this.#heads().where('repository_id', '=', repositoryId);
    return await ofIt.where('sha', '=', sha).executeTakeFirst();
  }

  /**
   * A commit is to have checks. One that is there already takes up what is said of it; of a pull request only the
   * newest stays wanted. In a merge queue its runs go before all others. Returns those that wait in another lane now.
   */
  want(place: EventPlace, head: WantedHead, more: HeadTerms): Promise<QueuedRun[]> {
    const { repositoryId } = place;
    const { nowMs } = more;
    return this.#db.transact(async (tx) => {
      const row = await upsertHead(tx, headRow(place, head, more));
      const reason = reasonOf(head);
      const base_sha = baseOf(head);
      await putWant(tx, { ...wantRow(row.id, repositoryId, head.atMs), base_sha, reason, gone: 0 });
      await settle(tx, row.id, { state: 'closed', why: 'it came late', nowMs });
      await putCheckDuty(tx, row.id, nowMs);
      if (head.pullRequest !== undefined) await supersede(tx, { repositoryId, head, nowMs });
      return row.queued === 1 ? await hurrySubmissions(tx, row) : [];
    });
  }

  /** What these commits were wanted for is over. */
  unwant(gone: Unwanted): Promise<void> {
    const { repositoryId, reasons, sha, kept, atMs, why, nowMs } = gone;
    const [reason] = reasons;
    return this.#db.transact(async (tx) => {
      for (const head of await wantedBy(tx, { repositoryId, reason, sha, atMs })) {
        const { id } = head;
        for (const each of reasons)
          await putWant(tx, { ...wantRow(id, repositoryId, atMs), reason: each, gone: 1 });
        if (kept?.sha === head.sha)
          await putWant(tx, { ...wantRow(id, repositoryId, atMs), reason: kept.branch, gone: 0 });
        await settle(tx, id, { state: 'closed', why, nowMs });
      }
    });
  }

  /** A commit waits anew for images. */
  waitAgain(headId: string, waitUntilMs: number, nowMs: number): Promise<void> {
    return this.#db.transact(async (tx) => {
      const change = {
        wait_until_ms: waitUntilMs,
        state: 'open',
        why: '',
        ended_ms: null,
      } as const;
      await tx.updateTable('github_heads').set(change).where('id', '=', headId).execute();
      await putCheckDuty(tx, headId, nowMs);
    });
  }

  /**
   * The commits that this one is to go into, of the pull request that was opened first first; null where it is in a branch
   * already. Of one that nothing wants any more, what it was to go into last.
   */
  async bases({ id, base_sha, pull_request, queued }: GithubHeadRow): Promise<BaseShas> {
    const wants = await liveWants(this.#db.queries, id);
    const isPushed = wants.length > 0 || (pull_request === null && queued === 0);
    const shas = new Set(wants.flatMap((want) => want.base_sha ?? []));
    const [first = isPushed ? null : base_sha, ...others] = shas;
    return [first, ...others.slice(0, MAX_BASES - 1)];
  }

  /** Whether a commit is still wanted for this. */
  async isWanted(headId: string, reason: string): Promise<boolean> {
    const wants = this.#db.queries.selectFrom('github_wants').select('gone');
    const want = wants.where('head_id', '=', headId).where('reason', '=', reason);
    return (await want.executeTakeFirst())?.gone === 0;
  }

  /** Of whichever installation was last heard of the repository. */
  async placeOf(repositoryId: number): Promise<RepositoryAccess | undefined> {
    const ofIt = this.#heads().where('repository_id', '=', repositoryId);
    const newest = await ofIt.orderBy('received_ms', 'desc').limit(1).executeTakeFirst();
    if (!newest) return undefined;
    return { installationId: newest.installation_id, owner: newest.owner, name: newest.name };
  }

  /** What commits of a repository are wanted for, as far as it begins like that. */
  async openReasons(repositoryId: number, prefix: string): Promise<string[]> {
    const rows = await this.#db.queries
      .selectFrom('github_wants')
      .select('reason')
      .distinct()
      .where('repository_id', '=', repositoryId)
      .where('gone', '=', 0)
      .where('reason', '>=', prefix)
      .where('reason', '<', `${prefix}\u{10ffff}`)
      .limit(MAX_REASONS)
      .execute();
    return rows.map(({ reason }) => reason);
  }

  /** Commits of a repository that were heard of since, or are open; the newest. */
  async newest(
    repositoryId: number,
    sinceMs: number,
    { limit, offset }: { limit: number; offset: number },
  ): Promise<GithubHeadRow[]> {
    return await this.#heads()
      .where('repository_id', '=', repositoryId)
      .where((eb) => eb.or([eb('state', '=', 'open'), eb('received_ms', '>=', sinceMs)]))
      .orderBy('received_ms', 'desc')
      .orderBy('id')
      .limit(limit)
      .offset(offset)
      .execute();
  }

  /** Keeps what the policies say of a commit. */
  savePlan(
    id: string,
    change: { plan_json: string; tenant: string; wait_until_ms: number },
  ): Promise<void> {
    return this.#db.transact(async (tx) => {
      await tx.updateTable('github_heads').set(change).where('id', '=', id).execute();
    });
  }

  /** Whoever pressed a button is told why nothing came of it; null when something did. */
  saveRefusal({ id, refused }: GithubHeadRow, why: string | null, nowMs: number): Promise<void> {
    if (refused === why) return Promise.resolve();
    return this.#db.transact(async (tx) => {
      const heads = tx.updateTable('github_heads').set({ refused: why });
      await heads.where('id', '=', id).execute();
      await putCheckDuty(tx, id, nowMs);
    });
  }

  /** The checks of a commit are to be looked at. */
  look(headId: string, nowMs: number): Promise<void> {
    return this.#db.transact((tx) => putCheckDuty(tx, headId, nowMs));
  }

  #heads() {
    return this.#db.queries.selectFrom('github_heads').selectAll();
  }
}

const putCheckDuty = (tx: Tx, headId: string, nowMs: number) =>
  putDuty(tx, { kind: 'githubCheck', subject: headId, dueMs: nowMs }, nowMs);

const wantRow = (head_id: string, repository_id: number, at_ms: number) => ({
  ...{ head_id, repository_id, at_ms, base_sha: null },
});

/** What was said later at GitHub stands, in whatever order it is heard. */
async function putWant(tx: Tx, row: GithubWantRow): Promise<void> {
  await tx
    .insertInto('github_wants')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['head_id', 'reason'])
        .doUpdateSet({ at_ms: row.at_ms, gone: row.gone, base_sha: row.base_sha })
        .where('github_wants.at_ms', '<=', row.at_ms),
    )
    .execute();
}

/** All but the newest commit of a pull request. */
async function supersede(
  tx: Tx,
  { repositoryId, head, nowMs }: { repositoryId: number; head: WantedHead; nowMs: number },
): Promise<void> {
  const reasons = allReasons(head);
  const rows = await wantedBy(tx, { repositoryId, reason: reasons[0] });
  const [newest, ...older] = rows;
  const atMs = newest?.at_ms ?? head.atMs;
  for (const { id } of older) {
    for (const reason of reasons)
      await putWant(tx, { ...wantRow(id, repositoryId, atMs), reason, gone: 1 });
    await settle(tx, id, { state: 'superseded', why: `superseded by ${newest?.sha}`, nowMs });
  }
}

interface Wanted {
  readonly repositoryId: number;
  readonly reason: string;
  readonly sha?: string | undefined;
  readonly atMs?: number;
}

/** Commits that are wanted for this, the newest first. */
async function wantedBy(
  tx: Tx,
  { repositoryId, reason, sha, atMs }: Wanted,
): Promise<{ id: string; sha: string; at_ms: number }[]> {
  let query = tx
    .selectFrom('github_wants')
    .innerJoin('github_heads', 'github_heads.id', 'github_wants.head_id')
    .select(['github_heads.id', 'github_heads.sha', 'github_wants.at_ms'])
    .where('github_wants.repository_id', '=', repositoryId)
    .where('github_wants.reason', '=', reason)
    .where('github_wants.gone', '=', 0);
  if (sha !== undefined) query = query.where('github_heads.sha', '=', sha);
  if (atMs !== undefined) query = query.where('github_wants.at_ms', '<=', atMs);
  return await query.orderBy('github_wants.at_ms', 'desc').orderBy('id', 'desc').execute();
}

/** Whether the commit is open follows from what it is wanted for. */
async function settle(
  tx: Tx,
  id: string,
  { state, why, nowMs }: { state: 'superseded' | 'closed'; why: string; nowMs: number },
): Promise<void> {
  const wants = await liveWants(tx, id);
  const isWanted = wants.length > 0;
  const change = isWanted
    ? ({ state: 'open', why: '', ended_ms: null } as const)
    : // Wanted again, it is looked at again.
      { state, why, ended_ms: nowMs, approved_by: null };
  const query = tx.updateTable('github_heads').set(change).where('id', '=', id);
  await query.where('state', isWanted ? '!=' : '=', 'open').execute();
  const [first] = wants.filter(({ base_sha }) => base_sha !== null);
  if (first) {
    const { base_sha, reason } = first;
    const pull_request = pullOf(reason) ?? null;
    const heads = tx.updateTable('github_heads').set({ base_sha, pull_request });
    await heads.where('id', '=', id).execute();
  }
  // What no longer wants it may have asked for more than the others do.
  await putCheckDuty(tx, id, nowMs);
}

/** What a commit is wanted for, pull requests first, by their number. */
async function liveWants(
  db: Queries,
  headId: string,
): Promise<Pick<GithubWantRow, 'reason' | 'base_sha'>[]> {
  const wants = db.selectFrom('github_wants').select(['reason', 'base_sha']);
  const live = await wants.where('head_id', '=', headId).where('gone', '=', 0).execute();
  const rank = ({ reason }: { reason: string }) => pullOf(reason) ?? Infinity;
  return live.sort((a, b) => (rank(a) < rank(b) ? -1 : Number(rank(a) > rank(b))));
}

function headRow(place: EventPlace, head: WantedHead, more: HeadTerms): GithubHeadRow {
  const { installationId, repositoryId, owner, name, repository } = place;
  const { sha, ref, baseSha = null, pullRequest = null, fork, queued, atMs } = head;
  const at = { installation_id: installationId, repository_id: repositoryId, owner, name };
  return {
    ...{ id: newId('ghh', more.nowMs), ...at, repository, sha, ref, base_sha: baseSha },
    ...{ pull_request: pullRequest, fork: fork ? 1 : 0, queued: queued ? 1 : 0 },
    ...{ state: 'open', why: '', tenant: more.tenant, event_ms: atMs, ended_ms: null },
    ...{ plan_json: null, approved_by: null, refused: null },
    ...{ wait_until_ms: more.waitUntilMs, received_ms: more.receivedMs },
  };
}

/** The pull request of a commit that was pushed before is news; a push of a commit that has one is none. */
async function upsertHead(tx: Tx, row: GithubHeadRow): Promise<GithubHeadRow> {
  const { pull_request, fork, queued, event_ms, installation_id, owner, name } = row;
  const { received_ms, wait_until_ms } = row;
  // However old the commit is, whoever wants it now has not waited for it yet.
  const anew = { received_ms, wait_until_ms, plan_json: null };
  return await tx
    .insertInto('github_heads')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['repository_id', 'sha']).doUpdateSet({
        ...{ installation_id, owner, name },
        ...(pull_request !== null && { fork, event_ms, ...anew }),
        ...(queued && { queued, ...anew }),
      }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}
