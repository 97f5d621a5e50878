import { createHash } from 'node:crypto';
import { newId } from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { GithubCommentRow, GithubHeadRow, StoreDatabase } from '../store/for-stages.js';
import type { CheckResults } from './check-model.js';
import type { GithubClient, RepositoryAccess } from './github-client.js';
import { failureOf } from './github-errors.js';
import { commentText } from './pull-comment.js';
import type { WriteBudgets, Writer } from './write-budgets.js';

const PER_PAGE = 100;
const MAX_PAGES = 5;
/** Clocks differ: a comment of ours may seem to be older than our wish for it. */
const CLOCK_SLACK_MS = 10 * 60_000;

const commentSchema = z.object({ id: z.number().int(), body: z.string().nullish() });

export interface PullCommenterDeps {
  readonly db: StoreDatabase;
  readonly client: GithubClient;
  readonly budgets: WriteBudgets;
  readonly publicUrl: string;
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * One comment on a pull request, made when something fails that the base does not fail, and changed in place after. That
 * it is to be made is noted before; who takes over looks for it by the mark in its text.
 */
export class PullCommenter {
  readonly #deps: PullCommenterDeps;

  constructor(deps: PullCommenterDeps) {
    this.#deps = deps;
  }

  /** @param results - of the newest commit of the pull request, all of them finished */
  async bring(
    head: GithubHeadRow & { readonly pull_request: number },
    { results, isGreen }: { results: readonly CheckResults[]; isGreen: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { publicUrl: link } = this.#deps;
    const known = await this.#row(head);
    const text = commentText(
      { sha: head.sha, link, isThere: known?.tried === 1, isGreen },
      results,
    );
    if (text === undefined) return;
    const digest = createHash('sha256').update(text).digest('base64url');
    if (known?.digest === digest) return;
    const row = known ?? (await this.#begin(head));
    const body = `${text}\n\n${markOf(row)}`;
    const place = { ...head, installationId: head.installation_id };
    try {
      await this.#write(place, row, { body, signal });
    } catch (error) {
      // It is refused for as long as nobody does anything about it: the checks say the same, and wait for nothing.
      if (failureOf(error)?.status !== 403) throw error;
      const { repository, pull_request: pull } = head;
      const missing = 'permission pull_requests: write, or the conversation is locked';
      this.#deps.log.warn({ err: error, repository, pull, missing }, 'GitHub takes no comment');
    }
    await this.#save(row.id, { digest });
  }

  async #write(
    place: RepositoryAccess & Writer,
    row: GithubCommentRow,
    { body, signal }: { body: string; signal: AbortSignal },
  ): Promise<void> {
    const { client, budgets } = this.#deps;
    const id = row.comment_id ?? (row.tried === 1 ? await this.#find(place, row) : undefined);
    await budgets.pay(place);
    if (id !== undefined) {
      const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
      if (await isThere(client.ask(place, route, { comment_id: id, body }, signal)))
        return await this.#save(row.id, { comment_id: id });
      // Somebody has deleted it: that is an answer too, and there is no other comment.
      return;
    }
    await this.#save(row.id, { tried: 1 });
    const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
    const issue = { issue_number: row.pull_request, body };
    const made = commentSchema.parse(await client.ask(place, route, issue, signal));
    await this.#save(row.id, { comment_id: made.id });
  }

  async #find(place: RepositoryAccess, row: GithubCommentRow): Promise<number | undefined> {
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
    const since = new Date(row.created_ms - CLOCK_SLACK_MS).toISOString();
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = { issue_number: row.pull_request, since, per_page: PER_PAGE, page };
      const answer = await this.#deps.client.ask(place, route, query);
      const some = z.array(commentSchema).max(PER_PAGE).parse(answer);
      const found = some.find(({ body }) => body?.includes(markOf(row)));
      if (found || some.length < PER_PAGE) return found?.id;
    }
    return undefined;
  }

  async #row(head: GithubHeadRow): Promise<GithubCommentRow | undefined> {
    return await this.#deps.db.queries
      .selectFrom('github_comments')
      .selectAll()
      .where('repository_id', '=', head.repository_id)
      .where('pull_request', '=', head.pull_request)
      .executeTakeFirst();
  }

  async #begin(head: GithubHeadRow & { readonly pull_request: number }): Promise<GithubCommentRow> {
    const { db, now } = this.#deps;
    const row = {
      ...{ id: newId('ghm', now()), repository_id: head.repository_id },
      ...{ pull_request: head.pull_request, comment_id: null, tried: 0, digest: '' },
      created_ms: now(),
    };
    await db.transact(async (tx) => {
      await tx.insertInto('github_comments').values(row).execute();
    });
    return row;
  }

  async #save(id: string, change: Partial<GithubCommentRow>): Promise<void> {
    await this.#deps.db.transact(async (tx) => {
      await tx.updateTable('github_comments').set(change).where('id', '=', id).execute();
    });
  }
}

/** What nobody sees, and we find it by. */
const markOf = ({ id }: GithubCommentRow): string => `<!-- ${id} -->`;

async function isThere(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (failureOf(error)?.status === 404) return false;
    throw error;
  }
}
