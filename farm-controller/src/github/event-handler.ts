import {
  cleanText,
  FarmError,
  isSubmitterFault,
  type SubmissionView,
} from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { GithubHeadRow } from '../store/for-stages.js';
import type { QueuedRun, Store } from '../store/ports.js';
import { MAX_QUARANTINED_AT_ONCE } from './check-output.js';
import { suiteOf } from './fold-runs.js';
import type { ForkSubmission } from './fork-puller.js';
import type { ForkRows } from './fork-rows.js';
import { tenantsOfHead } from './fork-tenant.js';
import { failureOf } from './github-errors.js';
import type { EventPlace, GithubEvent, RerunKind } from './github-event.js';
import type { GithubRows } from './github-rows.js';
import type { HeadResults } from './head-results.js';
import type { HeadRows } from './head-rows.js';
import { NO_TERMS } from './judge-suite.js';
import { checkName, SUMMARY_CHECK, targetOf } from './plan-checks.js';
import type { QuarantineRows } from './quarantine-rows.js';

/** What the stage asks of the rest of the farm. */
export interface FarmPorts {
  /** Everything of it that has not ended ends as cancelled. */
  cancel(submissionId: string): Promise<void>;
  /** These runs wait in other lanes now. */
  moved(runs: readonly QueuedRun[]): Promise<void>;
  /** Runs a submission, or some of it, again; under the same key it does so once. */
  rerun(wish: RerunWish): Promise<void>;
  /** Runs images of a stranger; answers the id of the submission. */
  submitFork(wish: ForkSubmission, signal: AbortSignal): Promise<string>;
}
export interface RerunWish {
  readonly submissionId: string;
  readonly tenant: string;
  /** Who asked for it. */
  readonly asker: string;
  readonly only: RerunKind;
  readonly key: string;
  /** Only runs on this target. */
  readonly target?: string;
  /** Not on the boards that they ran on. */
  readonly elsewhere?: boolean;
  /** Default: as before. */
  readonly priority?: 'low';
}

export interface EventHandlerDeps {
  readonly rows: GithubRows;
  readonly heads: HeadRows;
  readonly forks: ForkRows;
  readonly results: HeadResults;
  readonly quarantine: QuarantineRows;
  /** Whether a person may change a repository. */
  readonly mayWrite: (place: EventPlace, sender: string) => Promise<boolean>;
  readonly log: Logger;
  readonly store: Pick<Store, 'submissions'>;
  readonly farm: FarmPorts;
  /** Whose submissions count for a repository, by `owner/name`: the first, where its policy names none. */
  readonly tenantsOf: (fullName: string) => readonly [string, ...string[]];
  /** How long a check waits for images, in ms. */
  readonly waitMs: number;
  readonly now: () => number;
}

/** Somebody has to look at it again by then. */
const QUARANTINE_DAYS = 14;
const MAX_REFUSAL_CHARS = 1_000;

type EventOf<K extends GithubEvent['kind']> = Extract<GithubEvent, { kind: K }>;

/** Does what an event means. It may run again after a crash: every step leaves what it has done before as it is. */
export class EventHandler {
  readonly #deps: EventHandlerDeps;

  constructor(deps: EventHandlerDeps) {
    this.#deps = deps;
  }

  /** The work of the duty `githubEvent`. */
  async run(deliveryId: string): Promise<undefined> {
    const kept = await this.#deps.rows.event(deliveryId);
    if (!kept) return;
    await this.handle(kept.event, kept.receivedMs, deliveryId);
  }

  /** @param key - the same when the event is handled again */
  async handle(event: GithubEvent, receivedMs: number, key: string): Promise<void> {
    if (event.kind === 'wanted') await this.#wanted(event, receivedMs);
    else if (event.kind === 'rerun')
      await this.#fulfil(event, (head) => this.#rerun(head, event, key));
    else if (event.kind === 'quarantine')
      await this.#fulfil(event, (head) => this.#quarantine(head, event));
    else if (event.kind === 'over') await this.#over(event);
    else if (event.kind === 'built') await this.#deps.forks.ended(event, this.#deps.now());
    else if (event.kind === 'approve') await this.#approve(event);
  }

  async #wanted({ place, head, replaces }: EventOf<'wanted'>, receivedMs: number): Promise<void> {
    const { heads, farm, tenantsOf, waitMs, now } = this.#deps;
    const nowMs = now();
    const [tenant] = tenantsOf(`${place.owner}/${place.name}`);
    const terms = { tenant, waitUntilMs: receivedMs + waitMs, receivedMs, nowMs };
    await farm.moved(await heads.want(place, head, terms));
    if (replaces === undefined) return;
    const why = `replaced by a forced push of ${head.sha}`;
    const gone = { repositoryId: place.repositoryId, reasons: [head.ref], sha: replaces } as const;
    await heads.unwant({ ...gone, atMs: head.atMs, why, nowMs });
  }

  async #over({ place, ...over }: EventOf<'over'>): Promise<void> {
    const { heads, now } = this.#deps;
    await heads.unwant({ ...over, repositoryId: place.repositoryId, nowMs: now() });
  }

  /** Whoever may write says so of the commit that they saw: by the permission that GitHub tells now, and nobody's word. */
  async #approve({ place, sha }: EventOf<'approve'>): Promise<void> {
    const { forks, log, now } = this.#deps;
    if (!(await this.#mayAsk(place))) return;
    const { sender: by, repository } = place;
    const isNew = await forks.approve(place.repositoryId, { sha, by }, now());
    log.info({ repository, sha, by, isNew }, 'a commit of a fork is approved');
  }

  /** What somebody asks for by a button. What is refused is refused again: it is told where the button is, and that is all. */
  async #fulfil(
    { place, sha, kind }: EventOf<'quarantine' | 'rerun'>,
    work: (head: GithubHeadRow) => Promise<void>,
  ): Promise<void> {
    const { heads, log, now } = this.#deps;
    const head = await heads.headOf(place.repositoryId, sha);
    if (!head) return;
    try {
      if (!(await this.#mayAsk(place))) return;
      await work(head);
      await heads.saveRefusal(head, null, now());
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { message } = error;
      log.warn({ why: message, kind, repository: place.repository }, 'a button is refused');
      const what = kind === 'rerun' ? 'Running it again' : 'The quarantine';
      const why = cleanText(`${what} that ${place.sender} asked for is refused: ${message}`);
      await heads.saveRefusal(head, why.slice(0, MAX_REFUSAL_CHARS), now());
    }
  }

  /** The failures that a check shows are reported from now on, and do not gate. */
  async #quarantine(
    head: GithubHeadRow,
    { place, sha, check: checkId }: EventOf<'quarantine'>,
  ): Promise<void> {
    const { rows, results, quarantine, now } = this.#deps;
    const check = await rows.check(checkId);
    if (!check) return;
    const found = await results.of({ ...head, base_sha: null }, () => NO_TERMS);
    const shown = found.find(({ suite, target }) => checkName(suite, target) === check.name);
    const asker = { tenant: head.tenant, owner: `github:${place.sender}`, nowMs: now() };
    const { suite, target } = shown ?? {};
    const { repository } = head;
    const reason = `quarantined at ${sha.slice(0, 10)}`;
    for (const { run, name } of (shown?.failures ?? []).slice(0, MAX_QUARANTINED_AT_ONCE))
      await quarantine.put(
        { repository, suite, target, run, case: name, reason, days: QUARANTINE_DAYS },
        asker,
      );
  }

  /** GitHub shows the buttons to more people than may use them. */
  async #mayAsk(place: EventPlace): Promise<boolean> {
    const mayWrite = await this.#deps.mayWrite(place, place.sender);
    if (!mayWrite)
      this.#deps.log.warn(
        { sender: place.sender, repository: place.repository },
        'may not ask that',
      );
    return mayWrite;
  }

  async #rerun(head: GithubHeadRow, event: EventOf<'rerun'>, key: string): Promise<void> {
    const { rows, heads, farm, waitMs, now } = this.#deps;
    const submissions = await submissionsOf(this.#deps.store, head);
    // Whoever asks for it wants it, whatever became of the pull request.
    if (submissions.length === 0 || head.state !== 'open')
      await heads.waitAgain(head.id, now() + waitMs, now());
    const check = event.check === undefined ? undefined : await rows.check(event.check);
    const asker = `github:${event.place.sender}`;
    for (const { id, tenant, target } of chosen(submissions, event.how, check?.name))
      await farm.rerun({
        ...{ submissionId: id, tenant, asker, only: event.how },
        ...(target !== undefined && { target }),
        ...(event.elsewhere && { elsewhere: true }),
        key: `github-${key}-${id}`,
      });
  }
}

/** It will not be otherwise at another time: somebody has to change something first. */
function isRefusal(error: unknown): error is Error {
  if (error instanceof FarmError) return error.code === 'forbidden' || isSubmitterFault(error);
  const status = failureOf(error)?.status;
  return error instanceof Error && status !== undefined && status >= 400 && status < 500;
}

/** What was submitted of a commit by whom its repository belongs to, the newest first. */
export async function submissionsOf(
  { submissions }: Pick<Store, 'submissions'>,
  head: GithubHeadRow,
): Promise<SubmissionView[]> {
  const { repository, sha } = head;
  const tenant = tenantsOfHead(head);
  const { items } = await submissions.list({ limit: 200 }, { repository, sha, tenant });
  return items;
}

interface Chosen extends Pick<SubmissionView, 'id' | 'tenant'> {
  readonly target?: string;
}

/** What is to be run again: of each suite the latest that was run whole, or, where only failures are, the latest at all. */
function chosen(
  newestFirst: readonly SubmissionView[],
  how: RerunKind,
  check: string | undefined,
): Chosen[] {
  const found = new Map<string, Chosen>();
  for (const { id, tenant, name, rerunOf, state } of newestFirst) {
    const suite = suiteOf(name);
    const target = check === undefined ? undefined : targetOf(check, suite);
    const isMeant = check === undefined || check === SUMMARY_CHECK || target !== undefined;
    const isWhole = how === 'failed' || rerunOf === undefined;
    if (!isMeant || !isWhole || state !== 'finished' || found.has(suite)) continue;
    found.set(suite, { id, tenant, ...(target !== undefined && { target }) });
  }
  return [...found.values()];
}
