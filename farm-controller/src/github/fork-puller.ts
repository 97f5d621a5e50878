import { type BoundOrigin, FarmError, isSubmitterFault } from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { GithubArtifactRow, GithubHeadRow } from '../store/for-stages.js';
import { type ArtifactReads, gone, isGone, suiteOfArtifact } from './artifact-reads.js';
import type { ForkRows } from './fork-rows.js';
import { forkTenant } from './fork-tenant.js';
import { failureOf } from './github-errors.js';
import type { HeadRows } from './head-rows.js';

/** Until what waits for room or its quota is tried again. */
const WAIT_MS = 10 * 60_000;
/** What passes by itself, or when an operator does something. */
const PASSING: readonly string[] = ['quota_exceeded', 'too_many_requests', 'storage_full'];

/** Images of a stranger, as the farm is asked to run them. */
export interface ForkSubmission {
  readonly name: string;
  readonly bound: BoundOrigin;
  readonly tenant: string;
  readonly submitter: string;
  /** Under the same key they are submitted once. */
  readonly key: string;
  readonly fetch: () => Promise<Buffer>;
}

export interface ForkPullerDeps {
  readonly rows: ForkRows;
  readonly heads: HeadRows;
  readonly reads: ArtifactReads;
  /** Answers the id of the submission. */
  readonly submit: (wish: ForkSubmission, signal: AbortSignal) => Promise<string>;
  readonly cancel: (submissionId: string) => Promise<void>;
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Fetches what workflows of forks have built, once a maintainer has let it in. Each step may run again: a row says what
 * is done, and a submission is made under a key of the artifact.
 */
export class ForkPuller {
  readonly #deps: ForkPullerDeps;

  constructor(deps: ForkPullerDeps) {
    this.#deps = deps;
  }

  /** The work of the duty `githubArtifact`. @throws GithubLimited, RequestError of octokit */
  async run(id: string, signal: AbortSignal): Promise<number | undefined> {
    const row = await this.#deps.rows.artifact(id);
    if (row?.state === 'ended') await this.#list(row, signal);
    else if (row?.state === 'held') return await this.#pull(row, signal);
    return undefined;
  }

  async #list(row: GithubArtifactRow, signal: AbortSignal): Promise<void> {
    const { rows, reads, now } = this.#deps;
    try {
      const found = await reads.list(row, signal);
      const why = found.length > 0 ? '' : 'it has ended without an artifact called greenrack';
      await rows.listed(row, { found, why }, now());
    } catch (error) {
      const why = refusedBy(error);
      if (why === undefined) throw error;
      await rows.listed(row, { found: [], why }, now());
    }
  }

  async #pull(row: GithubArtifactRow, signal: AbortSignal): Promise<number | undefined> {
    const { rows, now, log } = this.#deps;
    const head = await this.#approved(row);
    if (!head) return undefined;
    try {
      const submissionId = await this.#submit(row, head, signal);
      // What was submitted while the approval ended has nobody who wants it.
      if (!(await this.#approved(row))) await this.#deps.cancel(submissionId);
      await rows.save(row, { state: 'submitted', why: '' }, now());
      return undefined;
    } catch (error) {
      const why = refusedBy(error) ?? faultOf(error);
      if (why === undefined) throw error;
      const waits = error instanceof FarmError && PASSING.includes(error.code);
      log.warn({ repository: head.repository, sha: row.sha, why, waits }, 'images of a fork');
      await rows.save(row, { state: waits ? 'held' : 'refused', why }, now());
      return waits ? now() + WAIT_MS : undefined;
    }
  }

  async #approved(row: GithubArtifactRow): Promise<ApprovedHead | undefined> {
    const head = await this.#deps.heads.headOf(row.repository_id, row.sha);
    const { approved_by, pull_request } = head ?? {};
    if (head?.state !== 'open' || head.fork !== 1) return undefined;
    if (approved_by == null || pull_request == null) return undefined;
    return { ...head, approved_by, pull_request };
  }

  async #submit(row: GithubArtifactRow, head: ApprovedHead, signal: AbortSignal): Promise<string> {
    const { sha, repository, pull_request: pullRequest, base_sha: baseSha } = head;
    const wish = {
      bound: {
        ...{ repository, sha, pullRequest, ref: `refs/pull/${pullRequest}/head` },
        ...(baseSha !== null && { baseSha }),
        ...{ builtBy: 'github-actions', url: row.url },
      },
      name: suiteOfArtifact(row.artifact),
      tenant: forkTenant(head.tenant),
      submitter: `github:${head.approved_by}`,
      key: `github-artifact-${row.repository_id}-${row.artifact_id}`,
      fetch: () => this.#deps.reads.fetch(row, signal),
    };
    return await this.#deps.submit(wish, signal);
  }
}

type ApprovedHead = GithubHeadRow & { readonly approved_by: string; readonly pull_request: number };

/** What GitHub will not let us do until somebody gives the App what it lacks. */
function refusedBy(error: unknown): string | undefined {
  if (isGone(error)) return gone().message;
  if (failureOf(error)?.status !== 403) return undefined;
  return 'the App may not read artifacts: give it the permission actions: read (greenrack doctor github), and run the workflow again';
}

/** What is wrong with the images themselves, or why there is no room for them. */
function faultOf(error: unknown): string | undefined {
  if (!(error instanceof FarmError)) return undefined;
  const { code, message } = error;
  const isTold = isSubmitterFault(error) || code === 'forbidden' || PASSING.includes(code);
  return isTold ? message : undefined;
}
