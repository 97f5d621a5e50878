import { FarmError, isSubmitterFault } from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { Store } from '../store/ports.js';
import type { Route } from '../web/route.js';
import { ArtifactReads } from './artifact-reads.js';
import { CatchUp } from './catch-up.js';
import { CheckKeeper } from './check-keeper.js';
import { CheckWriter } from './check-writer.js';
import { AppCheckup } from './checkup.js';
import { checkupRoute } from './checkup-route.js';
import { confirmedChanges } from './confirmed-changes.js';
import { EventHandler, type FarmPorts } from './event-handler.js';
import { ForkPuller } from './fork-puller.js';
import { ForkRows } from './fork-rows.js';
import { GithubClient, UNPAUSED } from './github-client.js';
import { failureOf } from './github-errors.js';
import { GithubRows } from './github-rows.js';
import type { GithubSettings } from './github-settings.js';
import { type BaseWish, HeadResults } from './head-results.js';
import { HeadRows } from './head-rows.js';
import { patiently } from './patience.js';
import { PolicyPlanner } from './policy-planner.js';
import { PolicyRows } from './policy-rows.js';
import { PullCommenter } from './pull-commenter.js';
import { QuarantineRows } from './quarantine-rows.js';
import { Reconciler, readSubject } from './reconciler.js';
import { RepositoryReads } from './repository-reads.js';
import { webhookRoute } from './webhook-route.js';
import { WriteBudgets } from './write-budgets.js';

export interface GithubDeps {
  readonly store: Pick<Store, 'submissions' | 'runs' | 'database'>;
  readonly farm: FarmPorts;
  readonly metrics: {
    /** From an event at GitHub to its check there, and from the last result to its conclusion. */
    observeCheck(step: 'visible' | 'concluded', ms: number): void;
  };
  readonly now: () => number;
  readonly log: Logger;
  /** What a start would read now. @throws FarmError */
  readonly reread: () => Promise<GithubSettings>;
}

/** Work that is due because of GitHub, by kind of duty. */
export interface GithubDuties {
  event(deliveryId: string): Promise<number | undefined>;
  check(headId: string, signal: AbortSignal): Promise<number | undefined>;
  artifact(id: string, signal: AbortSignal): Promise<number | undefined>;
  catchUp(signal: AbortSignal): Promise<number | undefined>;
  reconcile(subject: string, signal: AbortSignal): Promise<number | undefined>;
}

/** The farm as an App of GitHub: it hears of commits and says what became of them. */
export interface GithubStage {
  readonly routes: readonly Route[];
  readonly duties: GithubDuties;
  /** The head and the base of a merge that GitHub made for a pull request; undefined when nobody can tell. */
  mergedPull(
    repositoryId: number,
    sha: string,
    pullRequest: number,
  ): Promise<{ sha: string; baseSha: string; fork: boolean } | undefined>;
  /** Has it asked for what was not heard before. */
  open(): Promise<void>;
}

export function createGithub(settings: GithubSettings, deps: GithubDeps): GithubStage {
  const { now, metrics, log } = deps;
  const { store, farm } = deps;
  const rows = new GithubRows(store.database);
  const heads = new HeadRows(store.database);
  const forks = new ForkRows(store.database);
  const budgets = new WriteBudgets(store.database, { now, log });
  const client = new GithubClient(settings, budgets);
  const results = new HeadResults({
    store,
    history: async ({ installation_id: installationId, owner, name }, sha) =>
      installationId === undefined || owner === undefined || name === undefined
        ? []
        : await client.history({ installationId, owner, name }, sha),
    changes: (commit) => confirmedChanges(store.database.queries, commit),
    runBase: (wish) => runBase(farm, wish),
  });
  const writer = new CheckWriter({
    ...{ rows, client, budgets, now },
    onVisible: (sinceMs) => metrics.observeCheck('visible', now() - sinceMs),
    onConcluded: (sinceMs) => metrics.observeCheck('concluded', now() - sinceMs),
  });
  const { appId, publicUrl, secrets, waitMs, tenantsOf } = settings;
  const reads = new RepositoryReads(client, appId);
  const policies = new PolicyRows(store.database);
  const planner = new PolicyPlanner({ heads, policies, reads, tenantsOf, now });
  const quarantine = new QuarantineRows(store.database);
  const commenter = new PullCommenter({ db: store.database, client, budgets, publicUrl, now, log });
  const keeper = new CheckKeeper({
    ...{
      rows,
      heads,
      forks,
      store,
      farm,
      results,
      planner,
      commenter,
      quarantine,
      writer,
      publicUrl,
      now,
    },
  });
  const handler = new EventHandler({
    ...{ ...deps, rows, heads, forks, results, quarantine, tenantsOf, waitMs },
    mayWrite: (place, sender) => reads.mayWrite(place, sender),
  });
  const puller = new ForkPuller({
    ...{ rows: forks, heads, reads: new ArtifactReads(client), now, log },
    ...{ submit: farm.submitFork, cancel: farm.cancel },
  });
  const isKept = (guid: string) => rows.isKept(guid);
  const catchUp = new CatchUp({ db: store.database, client, isKept, appId, now, log });
  const reconciler = new Reconciler({
    ...{ rows, heads, client, budgets, now, log, reads },
    handle: (event, receivedMs) => handler.handle(event, receivedMs, 'reconciled'),
  });
  const asked = new GithubClient(settings, UNPAUSED);
  const checkup = new AppCheckup({ client: asked, settings, reread: deps.reread, isKept, now });
  return {
    open: () => catchUp.open(),
    routes: [
      webhookRoute({ secrets, keep: (delivery) => rows.keep(delivery, now()), now }),
      checkupRoute(() => checkup.run()),
    ],
    duties: {
      event: (deliveryId) => patiently(() => handler.run(deliveryId)),
      check: (headId, signal) => keeper.run(headId, signal),
      artifact: (id, signal) => patiently(() => puller.run(id, signal)),
      catchUp: (signal) => patiently(() => catchUp.run(signal)),
      reconcile: (subject, signal) => patiently(() => reconciler.run(readSubject(subject), signal)),
    },
    mergedPull: async (repositoryId, sha, pullRequest) => {
      const place = await heads.placeOf(repositoryId);
      const merged = place && (await orUnknown(client.mergedPull(place, sha), sha));
      if (!merged) return undefined;
      const head = await heads.headOf(repositoryId, merged.sha);
      if (head) return { ...merged, fork: head.fork === 1 };
      // The workflow may be faster than the event that tells of its commit.
      const pull = await orUnknown(reads.pull(place, pullRequest), sha);
      return { ...merged, fork: pull?.head.repo?.id !== repositoryId };
    },
  };
}

/** Behind all that people wait for. False when it is refused: an image is not stored, or the tenant's quota is used up. */
async function runBase(farm: FarmPorts, wish: BaseWish): Promise<boolean> {
  const { submissionId, tenant, target, sha } = wish;
  const key = `github-base-${sha.slice(0, 40)}-${submissionId}-${target}`;
  try {
    const facts = { submissionId, tenant, target, key, asker: 'farm' } as const;
    await farm.rerun({ ...facts, only: 'all', priority: 'low' });
    return true;
  } catch (error) {
    if (error instanceof FarmError && isSubmitterFault(error)) return false;
    throw error;
  }
}

/** Undefined when GitHub does not know the commit, or not for us. */
async function orUnknown<T>(answer: Promise<T>, sha: string): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    const status = failureOf(cause)?.status;
    if (status === 404 || status === 409 || status === 422) return undefined;
    const message = `GitHub does not say now which commits were merged to ${sha}`;
    throw new FarmError('unavailable', message, { cause });
  }
}
