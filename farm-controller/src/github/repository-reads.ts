import { MAX_POLICY_BYTES } from '@greenrack/farm-protocol';
import { z } from 'zod';
import {
  idSchema,
  MERGE_QUEUE,
  repositorySchema,
  shaSchema,
  type WantedHead,
} from './github-event.js';
import type { GithubClient, RepositoryAccess } from './github-client.js';
import { failureOf } from './github-errors.js';

export const PER_PAGE = 100;
/** GitHub lists as many files of a comparison. */
const MAX_COMPARED_FILES = 300;
const MAX_FILE_BYTES = MAX_POLICY_BYTES;

const timeSchema = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const pullSchema = z.object({
  number: z.number().int().min(1),
  state: z.enum(['open', 'closed']),
  updated_at: timeSchema,
  merged: z.boolean().nullish(),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  head: z.object({ sha: shaSchema, ref: z.string(), repo: z.object({ id: idSchema }).nullable() }),
  base: z.object({ sha: shaSchema, ref: z.string() }),
});
export type PullFacts = z.output<typeof pullSchema>;

const commitSchema = z.object({
  sha: shaSchema,
  commit: z.object({ committer: z.object({ date: timeSchema.optional() }).nullable() }),
});
const refSchema = z.object({ ref: z.string(), object: z.object({ sha: shaSchema }) });
const ownCheckSchema = z.object({
  ...{ id: idSchema, status: z.string(), external_id: z.string().nullable(), name: z.string() },
});
const fileSchema = z.object({
  ...{ type: z.literal('file'), sha: z.string().regex(/^[0-9a-f]{40,64}$/) },
  ...{ size: z.number().int(), encoding: z.string(), content: z.string() },
});
const comparisonSchema = z.object({
  files: z
    .array(z.object({ filename: z.string(), previous_filename: z.string().optional() }))
    .max(MAX_COMPARED_FILES)
    .optional(),
});

/** A file, by the hash of its bytes; without text when it is too large to be read. */
export interface FileFacts {
  readonly sha: string;
  readonly text: string | undefined;
}
export type RepositoryFacts = z.output<typeof repositorySchema>;

/** What a repository has now, for whoever did not hear how it came about. */
export class RepositoryReads {
  readonly #client: GithubClient;
  readonly #appId: number;

  constructor(client: GithubClient, appId: number) {
    this.#client = client;
    this.#appId = appId;
  }

  async facts(place: RepositoryAccess, signal: AbortSignal): Promise<RepositoryFacts> {
    return repositorySchema.parse(
      await this.#client.ask(place, 'GET /repos/{owner}/{repo}', {}, signal),
    );
  }

  /** Open and closed, the last changed first: what changes meanwhile comes again, and nothing is passed over. */
  async pulls(place: RepositoryAccess, page: number, signal: AbortSignal): Promise<PullFacts[]> {
    const order = { state: 'all', sort: 'updated', direction: 'desc' };
    const query = { ...order, per_page: PER_PAGE, page };
    const route = 'GET /repos/{owner}/{repo}/pulls';
    const answer = await this.#client.ask(place, route, query, signal);
    return z
      .array(pullSchema)
      .max(PER_PAGE)
      .parse(answer)
      .map((pull) => ({ ...pull, merged: typeof pull.merged_at === 'string' }));
  }

  /** Undefined when there is none. */
  async pull(place: RepositoryAccess, pull_number: number): Promise<PullFacts | undefined> {
    const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
    const answer = await orNothing(this.#client.ask(place, route, { pull_number }));
    return answer === undefined ? undefined : pullSchema.parse(answer);
  }

  /** The newest commit of a branch, and when it was made; undefined for a branch that is empty or none. */
  async newestOf(place: RepositoryAccess, branch: string, signal: AbortSignal) {
    const query = { sha: branch, per_page: 1 };
    const route = 'GET /repos/{owner}/{repo}/commits';
    const answer = await orNothing(this.#client.ask(place, route, query, signal));
    const [newest] = z
      .array(commitSchema)
      .max(1)
      .parse(answer ?? []);
    return newest && { sha: newest.sha, atMs: newest.commit.committer?.date ?? 0 };
  }

  /** What waits in merge queues: the names of their branches tell base and pull request. */
  async mergeGroups(
    place: RepositoryAccess,
    signal: AbortSignal,
  ): Promise<Omit<WantedHead, 'atMs'>[]> {
    const route = 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}';
    const ref = MERGE_QUEUE.slice('refs/'.length);
    const refs = z
      .array(refSchema)
      .max(1_000)
      .parse(await this.#client.ask(place, route, { ref }, signal));
    return refs.map(({ ref: name, object: { sha } }) => {
      const [, baseSha] = /-([0-9a-f]{40,64})$/.exec(name) ?? [];
      return { sha, ref: name, queued: true, ...(baseSha !== undefined && { baseSha }) };
    });
  }

  /** A file of a commit; undefined when it has none of that name. */
  async file(place: RepositoryAccess, path: string, ref: string): Promise<FileFacts | undefined> {
    const route = 'GET /repos/{owner}/{repo}/contents/{path}';
    const answer = await orNothing(this.#client.ask(place, route, { path, ref }));
    const file = fileSchema.safeParse(answer);
    if (!file.success) return undefined;
    const { sha, size, content, encoding } = file.data;
    const isWhole = encoding === 'base64' && size <= MAX_FILE_BYTES;
    return { sha, text: isWhole ? Buffer.from(content, 'base64').toString('utf8') : undefined };
  }

  /** Paths that differ between two commits; undefined when there are too many to tell, or a commit is not there. */
  async changed(
    place: RepositoryAccess,
    base: string,
    head: string,
  ): Promise<string[] | undefined> {
    const route = 'GET /repos/{owner}/{repo}/compare/{basehead}';
    const query = { basehead: `${base}...${head}`, per_page: 1 };
    const answer = await orNothing(this.#client.ask(place, route, query));
    if (answer === undefined) return undefined;
    const { files = [] } = comparisonSchema.parse(answer);
    if (files.length >= MAX_COMPARED_FILES) return undefined;
    return files.flatMap(({ filename, previous_filename: old }) =>
      old === undefined ? [filename] : [filename, old],
    );
  }

  /** Whether a person may change the repository. */
  async mayWrite(place: RepositoryAccess, username: string): Promise<boolean> {
    const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
    const answer = await orNothing(this.#client.ask(place, route, { username }));
    const { permission } = z.object({ permission: z.string() }).parse(answer ?? { permission: '' });
    return permission === 'admin' || permission === 'write';
  }

  /** Checks of ours that are shown at a commit, and have not ended. */
  async openChecks(place: RepositoryAccess, sha: string, signal: AbortSignal) {
    const query = { ref: sha, app_id: this.#appId, filter: 'latest', per_page: PER_PAGE };
    const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
    const answer = await orNothing(this.#client.ask(place, route, query, signal));
    const { check_runs = [] } = z
      .object({ check_runs: z.array(ownCheckSchema).max(PER_PAGE).optional() })
      .parse(answer ?? {});
    return check_runs.filter(({ status }) => status !== 'completed');
  }
}

/** GitHub answers 404, or 409 or 422 for a commit or a branch that it does not know. */
async function orNothing(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if ([404, 409, 422].includes(failureOf(error)?.status ?? 0)) return undefined;
    throw error;
  }
}
