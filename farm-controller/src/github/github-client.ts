import { FarmError } from '@greenrack/farm-protocol';
import type { App } from 'octokit';
import { z } from 'zod';
import type { Annotation, DesiredCheck } from './check-model.js';
import { failureOf, GithubLimited, limitOf } from './github-errors.js';

/** A request that is not answered by then has failed. */
const ANSWER_MS = 20_000;

export interface GithubAccess {
  readonly appId: number;
  readonly privateKeyPem: string;
  /** `https://api.github.com`, or that of an Enterprise server. */
  readonly apiUrl: string;
}

/** Until when GitHub is to be left alone; the same for whoever asks it, to read or to write. */
export interface GithubPauses {
  now(): number;
  /** Before each request. @throws GithubLimited */
  check(who: number): Promise<void>;
  /** GitHub said until when. @throws GithubLimited */
  pause(who: number, untilMs: number, cause: unknown): Promise<never>;
  /** GitHub did not answer. @throws GithubLimited */
  unanswered(who: number, cause: unknown): Promise<never>;
  answered(who: number): Promise<void>;
}

/** For a few questions of a person who wants to know what is wrong. */
export const UNPAUSED: GithubPauses = {
  now: Date.now,
  check: () => Promise.resolve(),
  answered: () => Promise.resolve(),
  pause: (_who, untilMs, cause) => Promise.reject(new GithubLimited(untilMs, { cause })),
  unanswered: (_who, cause) => Promise.reject(cause as Error),
};

/** Whom pauses are of that the App itself has to make, and no installation. */
const APP = 0;

/** A repository by the installation that may see it. */
export interface RepositoryAccess {
  readonly installationId: number;
  readonly owner: string;
  readonly name: string;
}

const checkSchema = z.object({
  id: z.number().int(),
  external_id: z.string().nullable(),
  output: z.object({ annotations_count: z.number().int() }),
});
const checksSchema = z.object({ check_runs: z.array(checkSchema) });
const treeSchema = z.object({
  tree: z.array(z.object({ path: z.string(), type: z.string() })).max(200_000),
});
const commitsSchema = z.array(z.object({ sha: z.string() })).max(100);
const mergesSchema = z
  .array(z.object({ sha: z.string(), parents: z.array(z.object({ sha: z.string() })).max(100) }))
  .max(1);

type CheckFields = Omit<DesiredCheck, 'failures' | 'finishedMs'> & {
  readonly annotations?: readonly Annotation[];
};

interface GithubAnswer {
  readonly data: unknown;
  readonly next: string | undefined;
  readonly date: string | undefined;
  readonly location: string | undefined;
}

/** What the farm asks of GitHub. octokit is loaded with the first request: a farm without an App never pays for it. */
export class GithubClient {
  readonly #access: GithubAccess;
  readonly #pauses: GithubPauses;
  #app: Promise<App> | undefined;

  constructor(access: GithubAccess, pauses: GithubPauses) {
    this.#access = access;
    this.#pauses = pauses;
  }

  /** @returns its id @throws GithubLimited, RequestError of octokit */
  async createCheck(
    place: RepositoryAccess,
    { sha, externalId, check }: { sha: string; externalId: string; check: CheckFields },
    signal: AbortSignal,
  ): Promise<number> {
    const body = { ...checkBody(check), head_sha: sha, external_id: externalId };
    const made = await this.ask(place, 'POST /repos/{owner}/{repo}/check-runs', body, signal);
    return checkSchema.parse(made).id;
  }

  async updateCheck(
    place: RepositoryAccess,
    { id, check }: { id: number; check: CheckFields },
    signal: AbortSignal,
  ): Promise<void> {
    const body = { ...checkBody(check), check_run_id: id };
    await this.ask(place, 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', body, signal);
  }

  /** The check that was made under this id of ours, if it was. */
  async findCheck(
    place: RepositoryAccess,
    { sha, name, externalId }: { sha: string; name: string; externalId: string },
  ): Promise<number | undefined> {
    const query = { ref: sha, check_name: name, filter: 'all', app_id: this.#access.appId };
    const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
    const { check_runs } = checksSchema.parse(
      await this.ask(place, route, { ...query, per_page: 100 }),
    );
    return check_runs.find(({ external_id }) => external_id === externalId)?.id;
  }

  async annotationsOf(place: RepositoryAccess, id: number): Promise<number> {
    const route = 'GET /repos/{owner}/{repo}/check-runs/{check_run_id}';
    const check = checkSchema.parse(await this.ask(place, route, { check_run_id: id }));
    return check.output.annotations_count;
  }

  /** Paths of the files of a commit; the first hundred thousand of them. */
  async files(place: RepositoryAccess, sha: string): Promise<string[]> {
    const route = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}';
    const answer = await this.ask(place, route, { tree_sha: sha, recursive: '1' });
    return treeSchema
      .parse(answer)
      .tree.flatMap(({ type, path }) => (type === 'blob' ? [path] : []));
  }

  /** A commit and those before it, the newest first. */
  async history(place: RepositoryAccess, sha: string): Promise<string[]> {
    const route = 'GET /repos/{owner}/{repo}/commits';
    const answer = await this.ask(place, route, { sha, per_page: 50 });
    return commitsSchema.parse(answer).map((commit) => commit.sha);
  }

  /** The head and the base of a merge that GitHub made for a pull request; undefined when it is no merge. */
  async mergedPull(
    place: RepositoryAccess,
    sha: string,
  ): Promise<{ sha: string; baseSha: string } | undefined> {
    const route = 'GET /repos/{owner}/{repo}/commits';
    const answer = await this.ask(place, route, { sha, per_page: 1 });
    const [commit] = mergesSchema.parse(answer);
    const [base, head] = commit?.sha === sha ? commit.parents : [];
    return base && head && { sha: head.sha, baseSha: base.sha };
  }

  /** Asks for what belongs to a repository. @throws GithubLimited; RequestError of octokit for what is refused */
  async ask(
    { installationId, owner, name: repo }: RepositoryAccess,
    route: string,
    body: object,
    stop?: AbortSignal,
  ): Promise<unknown> {
    return (await this.askAs(installationId, route, { owner, repo, ...body }, stop)).data;
  }

  /** Where GitHub says that something is, which is another place, and gets no token of ours. */
  async redirectOf(
    { installationId, owner, name: repo }: RepositoryAccess,
    { route, body, signal }: { route: string; body: object; signal: AbortSignal },
  ): Promise<URL> {
    const asked = { owner, repo, ...body, request: { redirect: 'manual' } };
    const { location = '' } = await this.askAs(installationId, route, asked, signal);
    const { protocol } = new URL(this.#access.apiUrl);
    const place = URL.canParse(location) ? new URL(location) : undefined;
    if (place?.protocol === protocol) return place;
    throw new FarmError('unavailable', `GitHub does not say where that is: ${route}`);
  }

  /**
   * Asks as an installation, or as the App itself; `next` is the cursor of the page after this one, `date` the clock of
   * GitHub, `location` another place that it names.
   * @throws GithubLimited, RequestError of octokit
   */
  async askAs(
    who: number | 'app',
    route: string,
    { request, ...body }: Readonly<Record<string, unknown>> & { readonly request?: object },
    stop?: AbortSignal,
  ): Promise<GithubAnswer> {
    const whose = who === 'app' ? APP : who;
    await this.#pauses.check(whose);
    try {
      const app = await this.#open();
      const octokit = who === 'app' ? app.octokit : await app.getInstallationOctokit(who);
      const late = AbortSignal.timeout(ANSWER_MS);
      const signal = stop ? AbortSignal.any([stop, late]) : late;
      const asked = { ...body, request: { ...request, signal } };
      const { data, headers } = await octokit.request(route, asked);
      const [, next] = /[?&]cursor=([^&>]+)[^>]*>; rel="next"/.exec(headers.link ?? '') ?? [];
      await this.#pauses.answered(whose);
      return { data, next, date: headers.date, location: headers.location };
    } catch (error) {
      stop?.throwIfAborted();
      return await this.#failed(whose, error);
    }
  }

  /** An error of our own, and what GitHub refuses, is no reason to leave it alone. */
  async #failed(who: number, error: unknown): Promise<never> {
    const untilMs = limitOf(error, this.#pauses.now());
    if (untilMs !== undefined) return await this.#pauses.pause(who, untilMs, error);
    const status = failureOf(error)?.status;
    if (status !== undefined && status >= 500) return await this.#pauses.unanswered(who, error);
    throw error;
  }

  /** Without the plug-ins that wait and try again: a duty does that, and survives a restart. */
  #open(): Promise<App> {
    this.#app ??= import('octokit').then(({ App, Octokit }) => {
      const { appId, privateKeyPem: privateKey, apiUrl: baseUrl } = this.#access;
      const options = { baseUrl, throttle: { enabled: false }, retry: { enabled: false } };
      return new App({ appId, privateKey, Octokit: Octokit.defaults({ ...options, log: QUIET }) });
    });
    return this.#app;
  }
}

/** Failures are told by whoever asked. */
const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function checkBody(check: CheckFields): object {
  const { name, status, conclusion, detailsUrl, title, summary, text, annotations, actions } =
    check;
  return {
    ...{ name, status },
    ...(conclusion !== undefined && { conclusion }),
    ...(detailsUrl !== undefined && { details_url: detailsUrl }),
    output: { title, summary, ...(text !== '' && { text }), ...(annotations && { annotations }) },
    ...(actions.length > 0 && { actions }),
  };
}
