import type { Logger } from 'pino';
import type { GithubHeadRow } from '../store/for-stages.js';
import type { GithubClient, RepositoryAccess } from './github-client.js';
import {
  type EventPlace,
  type GithubEvent,
  MERGE_QUEUE,
  placeOf,
  pullOver,
  pullWanted,
} from './github-event.js';
import type { GithubRows } from './github-rows.js';
import type { HeadRows } from './head-rows.js';
import {
  PER_PAGE,
  type PullFacts,
  type RepositoryFacts,
  type RepositoryReads,
} from './repository-reads.js';
import type { WriteBudgets, Writer } from './write-budgets.js';

/** Commits whose checks are compared with GitHub's in one step. */
const HEADS_PER_STEP = 50;
/** Steps of one part: a repository of which more has changed is looked at as far as that. */
const MAX_PAGES = 100;
/** GitHub's clock and ours. */
const CLOCK_SLACK_MS = 5 * 60_000;

export interface ReconcilerDeps {
  readonly rows: GithubRows;
  readonly heads: HeadRows;
  readonly reads: RepositoryReads;
  readonly client: GithubClient;
  readonly budgets: WriteBudgets;
  /** Does what an event means. */
  readonly handle: (event: GithubEvent, receivedMs: number) => Promise<void>;
  readonly now: () => number;
  readonly log: Logger;
}

/** A repository, since when nobody has heard of it, and how far it has been looked at. */
export interface ReconcileSubject extends RepositoryAccess {
  readonly sinceMs: number;
  readonly part: 'pulls' | 'checks';
  /** From 1. */
  readonly page: number;
}

export const subjectOf = (subject: ReconcileSubject): string => {
  const { installationId, owner, name, sinceMs, part, page } = subject;
  return [installationId, owner, name, sinceMs, part, page].join('/');
};

export function readSubject(subject: string): ReconcileSubject {
  const [installation, owner = '', name = '', since, part, page = 1] = subject.split('/');
  const place = { installationId: Number(installation), owner, name };
  const step = { part: part === 'checks' ? part : 'pulls', page: Number(page) } as const;
  return { ...place, sinceMs: Number(since), ...step };
}

/**
 * Brings what the farm knows of a repository in step with what the repository is: for events that nobody heard and that
 * GitHub does not tell again. Each step is a duty that makes the next one due: a stop begins one of them again, not all.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  async run(subject: ReconcileSubject, signal: AbortSignal): Promise<undefined> {
    const { reads, rows, log, now } = this.#deps;
    const facts = await reads.facts(subject, signal);
    const sender = { login: 'github' };
    const place = placeOf({
      repository: facts,
      installation: { id: subject.installationId },
      sender,
    });
    const here = { subject, place, facts, signal, nowMs: now() };
    const next = await this.#step(here);
    if (next) await rows.reconcile(subjectOf({ ...subject, ...next }), now());
    else log.info({ repository: place.repository }, 'in step with GitHub again');
  }

  /** Resolves to the step after this one. */
  async #step(here: Here): Promise<Pick<ReconcileSubject, 'part' | 'page'> | undefined> {
    const { part, page } = here.subject;
    const goesOn = part === 'pulls' ? await this.#pulls(here) : await this.#checks(here);
    if (goesOn && page < MAX_PAGES) return { part, page: page + 1 };
    if (part === 'checks') return undefined;
    await this.#branch(here);
    await this.#queue(here);
    return { part: 'checks', page: 1 };
  }

  /** Pull requests that have changed: new commits, and those that are closed. Whether there may be more. */
  async #pulls(here: Here): Promise<boolean> {
    const { subject, facts, place, signal } = here;
    const pulls = await this.#deps.reads.pulls(subject, subject.page, signal);
    const sinceMs = subject.sinceMs - CLOCK_SLACK_MS;
    const changed = pulls.filter(({ updated_at }) => updated_at >= sinceMs);
    for (const pull of changed) {
      signal.throwIfAborted();
      const isOpen = pull.state === 'open';
      await this.#tell(here, isOpen ? wantedBy(here, pull) : pullOver(place, pull, facts));
    }
    return changed.length === PER_PAGE;
  }

  /** The newest commit of the default branch. Others have checks again with their next push. */
  async #branch(here: Here): Promise<void> {
    const { default_branch: branch } = here.facts;
    const newest = await this.#deps.reads.newestOf(here.subject, branch, here.signal);
    if (!newest || newest.atMs < here.subject.sinceMs) return;
    const head = { ...newest, ref: `refs/heads/${branch}` };
    await this.#tell(here, { place: here.place, kind: 'wanted', head });
  }

  async #queue(here: Here): Promise<void> {
    const { reads, heads } = this.#deps;
    const groups = await reads.mergeGroups(here.subject, here.signal);
    for (const group of groups)
      await this.#tell(here, {
        ...{ place: here.place, kind: 'wanted' },
        head: { ...group, atMs: here.nowMs },
      });
    const there = new Set(groups.map(({ ref }) => ref));
    for (const reason of await heads.openReasons(here.facts.id, MERGE_QUEUE))
      if (!there.has(reason)) await this.#over(here, reason, 'it left the merge queue');
  }

  /** Checks that GitHub shows as going on, though they have ended here or are not known here. Whether there may be more. */
  async #checks({ subject, facts, signal }: Here): Promise<boolean> {
    const { rows, heads, reads } = this.#deps;
    const offset = (subject.page - 1) * HEADS_PER_STEP;
    const some = await heads.newest(facts.id, subject.sinceMs, { limit: HEADS_PER_STEP, offset });
    for (const head of some)
      for (const check of await reads.openChecks(subject, head.sha, signal)) {
        const known = await rows.check(check.external_id ?? '');
        if (!known) await this.#conclude({ ...subject, ...head }, check, signal);
        else if (known.status === 'completed') await this.#sayAgain(known.id, head);
      }
    return some.length === HEADS_PER_STEP;
  }

  async #conclude(
    place: RepositoryAccess & Writer,
    { id, name }: { id: number; name: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { budgets, client } = this.#deps;
    await budgets.pay(place);
    const status = { status: 'completed', conclusion: 'cancelled' } as const;
    const check = {
      ...{ name, ...status, title: 'Not known any more', text: '', actions: [] },
      summary: 'The farm has lost what it knew of this check. “Re-run all checks” makes a new one.',
    };
    await client.updateCheck(place, { id, check }, signal);
  }

  async #sayAgain(checkId: string, head: GithubHeadRow): Promise<void> {
    await this.#deps.rows.saveCheck(checkId, { digest: '' });
    await this.#deps.heads.look(head.id, this.#deps.now());
  }

  async #over({ place, nowMs }: Here, reason: string, why: string): Promise<void> {
    const { handle } = this.#deps;
    await handle({ place, kind: 'over', reasons: [reason], atMs: nowMs, why }, nowMs);
  }

  async #tell({ nowMs }: Here, event: GithubEvent): Promise<void> {
    await this.#deps.handle(event, nowMs);
  }
}

interface Here {
  readonly subject: ReconcileSubject;
  readonly place: EventPlace;
  readonly facts: RepositoryFacts;
  readonly signal: AbortSignal;
  readonly nowMs: number;
}

const wantedBy = ({ place, facts }: Here, pull: PullFacts): GithubEvent =>
  pullWanted(place, pull, facts);
