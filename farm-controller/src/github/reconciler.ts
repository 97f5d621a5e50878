import type { Logger } from 'pino';
import type { GithubHeadRow } from '../store/for-stages.js';
import type { GithubClient, RepositoryAccess } from './github-client.js';
import {
  type EventPlace,
  type GithubEvent,
  MERGE_QUEUE,
  placeOf,
  pullOver,
  pullReason,
  pullWanted,
} from './github-event.js';
import type { GithubRows } from './github-rows.js';
import type { HeadRows } from './head-rows.js';
import type { PullFacts, RepositoryFacts, RepositoryReads } from './repository-reads.js';
import type { WriteBudgets } from './write-budgets.js';

/** Commits of one repository whose checks are compared with GitHub's, the newest. */
const MAX_HEADS = 200;

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

/** A repository, and since when nobody has heard of it. */
export interface ReconcileSubject extends RepositoryAccess {
  readonly sinceMs: number;
}

export const subjectOf = ({ installationId, owner, name, sinceMs }: ReconcileSubject): string =>
  [installationId, owner, name, sinceMs].join('/');

export function readSubject(subject: string): ReconcileSubject {
  const [installation, owner = '', name = '', since] = subject.split('/');
  return { installationId: Number(installation), owner, name, sinceMs: Number(since) };
}

/**
 * Brings what the farm knows of a repository in step with what the repository is: for events that nobody heard and that
 * GitHub does not tell again. Each step may run again.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
  }

  async run(subject: ReconcileSubject, signal: AbortSignal): Promise<undefined> {
    const { reads, log, now } = this.#deps;
    const facts = await reads.facts(subject);
    const sender = { login: 'github' };
    const place = placeOf({
      repository: facts,
      installation: { id: subject.installationId },
      sender,
    });
    const here = { subject, place, facts, nowMs: now() };
    await this.#pulls(here);
    await this.#branch(here);
    await this.#queue(here);
    signal.throwIfAborted();
    await this.#checks(here, signal);
    log.info({ repository: place.repository }, 'in step with GitHub again');
  }

  /** New commits of open pull requests, and those whose pull request is closed. */
  async #pulls(here: Here): Promise<void> {
    const { reads, heads } = this.#deps;
    const open = await reads.openPulls(here.subject);
    for (const pull of open)
      if (pull.updated_at >= here.subject.sinceMs) await this.#tell(here, wantedBy(here, pull));
    const shown = new Map(open.map((pull) => [pull.number, pull]));
    for (const number of await heads.openPulls(here.facts.id)) {
      if (shown.has(number)) continue;
      const pull = await reads.pull(here.subject, number);
      if (pull?.state === 'open') await this.#tell(here, wantedBy(here, pull));
      else if (pull) await this.#tell(here, pullOver(here.place, pull, here.facts));
      else await this.#over(here, pullReason(number), 'there is no such pull request any more');
    }
  }

  /** The newest commit of the default branch. Others have checks again with their next push. */
  async #branch(here: Here): Promise<void> {
    const { default_branch: branch } = here.facts;
    const newest = await this.#deps.reads.newestOf(here.subject, branch);
    if (!newest || newest.atMs < here.subject.sinceMs) return;
    const head = { ...newest, ref: `refs/heads/${branch}` };
    await this.#tell(here, { place: here.place, kind: 'wanted', head });
  }

  async #queue(here: Here): Promise<void> {
    const { reads, heads } = this.#deps;
    const groups = await reads.mergeGroups(here.subject);
    for (const group of groups)
      await this.#tell(here, {
        ...{ place: here.place, kind: 'wanted' },
        head: { ...group, atMs: here.nowMs },
      });
    const there = new Set(groups.map(({ ref }) => ref));
    for (const reason of await heads.openReasons(here.facts.id, MERGE_QUEUE))
      if (!there.has(reason)) await this.#over(here, reason, 'it left the merge queue');
  }

  /** Checks that GitHub shows as going on, though they have ended here or are not known here. */
  async #checks({ subject, facts }: Here, signal: AbortSignal): Promise<void> {
    const { rows, heads, reads } = this.#deps;
    for (const head of await heads.newest(facts.id, subject.sinceMs, MAX_HEADS)) {
      signal.throwIfAborted();
      for (const check of await reads.openChecks(subject, head.sha)) {
        const known = await rows.check(check.external_id ?? '');
        if (!known) await this.#conclude(subject, check, signal);
        else if (known.status === 'completed') await this.#sayAgain(known.id, head);
      }
    }
  }

  async #conclude(
    place: RepositoryAccess,
    { id, name }: { id: number; name: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { budgets, client, now } = this.#deps;
    await budgets.pay(place.installationId, now());
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
  readonly nowMs: number;
}

const wantedBy = ({ place, facts }: Here, pull: PullFacts): GithubEvent =>
  pullWanted(place, pull, facts);
