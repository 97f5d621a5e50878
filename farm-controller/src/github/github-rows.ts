import { newId } from '@greenrack/farm-protocol';
import {
  type GithubCheckRow,
  type GithubHeadRow,
  putDuty,
  type StoreDatabase,
  type Tx,
} from '../store/for-stages.js';
import type { RepositoryAccess } from './github-client.js';
import type { EventPlace, GithubEvent, WantedHead } from './github-event.js';

/** Longer than GitHub lets a delivery be sent again: 7 days on Enterprise servers. */
const KEEP_DELIVERIES_MS = 8 * 24 * 3_600_000;
/** Removed with each new one. */
const SWEPT = 20;

/** Deliveries, commits and checks in the database. */
export class GithubRows {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  /** Keeps a delivery and what it makes due. False when it has come before. */
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
    });
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

  async head(id: string): Promise<GithubHeadRow | undefined> {
    return await this.#db.queries
      .selectFrom('github_heads')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** Of whichever installation was last heard of the repository. */
  async placeOf(repositoryId: number): Promise<RepositoryAccess | undefined> {
    const newest = await this.#db.queries
      .selectFrom('github_heads')
      .select(['installation_id', 'owner', 'name'])
      .where('repository_id', '=', repositoryId)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!newest) return undefined;
    return { installationId: newest.installation_id, owner: newest.owner, name: newest.name };
  }

  async headOf(repositoryId: number, sha: string): Promise<GithubHeadRow | undefined> {
    return await this.#db.queries
      .selectFrom('github_heads')
      .selectAll()
      .where('repository_id', '=', repositoryId)
      .where('sha', '=', sha)
      .executeTakeFirst();
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

  /**
   * A commit is to have checks. One that is there already takes up what is said of it; of a pull request only the
   * newest stays open. Returns the commits that are no longer wanted.
   */
  want(place: EventPlace, head: WantedHead, more: HeadTerms): Promise<GithubHeadRow[]> {
    return this.#db.transact(async (tx) => {
      const row = await upsertHead(tx, headRow(place, head, more));
      await putCheckDuty(tx, row.id, more.nowMs);
      if (head.pullRequest === undefined) return [];
      const others = tx
        .selectFrom('github_heads')
        .selectAll()
        .where('repository_id', '=', place.repositoryId)
        .where('pull_request', '=', head.pullRequest)
        .where('state', '=', 'open');
      const rows = await others.orderBy('event_ms', 'desc').orderBy('id', 'desc').execute();
      const [newest, ...older] = rows;
      const why = `superseded by ${newest?.sha}`;
      return await callOff(tx, older, { state: 'superseded', why, nowMs: more.nowMs });
    });
  }

  /** These commits are no longer wanted. */
  callOff(
    which: { readonly repositoryId: number } & (
      | { sha: string }
      | { pullRequest: number; atMs: number }
    ),
    why: string,
    nowMs: number,
  ): Promise<GithubHeadRow[]> {
    return this.#db.transact(async (tx) => {
      const open = tx
        .selectFrom('github_heads')
        .selectAll()
        .where('repository_id', '=', which.repositoryId)
        .where('state', '=', 'open');
      const rows = await ('sha' in which
        ? open.where('sha', '=', which.sha)
        : open.where('pull_request', '=', which.pullRequest).where('event_ms', '<=', which.atMs)
      ).execute();
      return await callOff(tx, rows, { state: 'closed', why, nowMs });
    });
  }

  /** A commit waits anew for images. */
  waitAgain(headId: string, waitUntilMs: number, nowMs: number): Promise<void> {
    return this.#db.transact(async (tx) => {
      const change = { wait_until_ms: waitUntilMs, state: 'open', why: '' } as const;
      await tx.updateTable('github_heads').set(change).where('id', '=', headId).execute();
      await putCheckDuty(tx, headId, nowMs);
    });
  }
}

/** What the farm says of a new commit. */
export interface HeadTerms {
  readonly tenant: string;
  readonly waitUntilMs: number;
  /** When the farm heard of it. */
  readonly receivedMs: number;
  readonly nowMs: number;
}

const putCheckDuty = (tx: Tx, headId: string, nowMs: number) =>
  putDuty(tx, { kind: 'githubCheck', subject: headId, dueMs: nowMs }, nowMs);

function headRow(place: EventPlace, head: WantedHead, more: HeadTerms): GithubHeadRow {
  const { installationId, repositoryId, owner, name, repository } = place;
  return {
    ...{
      id: newId('ghh', more.nowMs),
      installation_id: installationId,
      repository_id: repositoryId,
    },
    ...{ owner, name, repository, sha: head.sha, ref: head.ref, base_sha: head.baseSha ?? null },
    ...{
      pull_request: head.pullRequest ?? null,
      fork: head.fork ? 1 : 0,
      queued: head.queued ? 1 : 0,
    },
    ...{ state: 'open', why: '', tenant: more.tenant, event_ms: head.atMs },
    ...{ wait_until_ms: more.waitUntilMs, received_ms: more.receivedMs },
  };
}

/** The pull request of a commit that was pushed before is news; a push of a commit that has one is none. */
async function upsertHead(tx: Tx, row: GithubHeadRow): Promise<GithubHeadRow> {
  const { pull_request, base_sha, fork, queued, event_ms, installation_id, owner, name } = row;
  const place = { installation_id, owner, name };
  const known = { state: 'open', why: '', event_ms } as const;
  const pull = pull_request === null ? {} : { pull_request, base_sha, fork };
  return await tx
    .insertInto('github_heads')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['repository_id', 'sha']).doUpdateSet({
        ...place,
        ...(pull_request !== null || queued === 1 ? known : {}),
        ...pull,
        ...(queued && { queued }),
      }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

async function callOff(
  tx: Tx,
  rows: readonly GithubHeadRow[],
  { state, why, nowMs }: { state: 'superseded' | 'closed'; why: string; nowMs: number },
): Promise<GithubHeadRow[]> {
  for (const { id } of rows) {
    await tx.updateTable('github_heads').set({ state, why }).where('id', '=', id).execute();
    await putCheckDuty(tx, id, nowMs);
  }
  return [...rows];
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
