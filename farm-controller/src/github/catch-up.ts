import type { Logger } from 'pino';
import { z } from 'zod';
import { putDuty, type StoreDatabase } from '../store/for-stages.js';
import type { GithubClient } from './github-client.js';
import { idSchema, isRead, repositorySchema } from './github-event.js';
import { type ReconcileSubject, subjectOf } from './reconciler.js';

/** Between two looks at what could not be delivered: GitHub tries once, and says nothing of it. */
const LOOK_EVERY_MS = 10 * 60_000;
/** GitHub's clock and ours, and deliveries that are on their way. */
const OVERLAP_MS = 5 * 60_000;
/** github.com sends again what is at most three days old; Enterprise servers what is at most seven. */
const WINDOW_MS = 3 * 24 * 3_600_000;
const PER_PAGE = 100;
const MAX_PAGES = 30;
const MAX_REPOSITORY_PAGES = 20;
/** Attempts after which a delivery is refused for good: what the farm says no to, it says no to again. */
const MAX_ATTEMPTS = 5;

const deliverySchema = z.object({
  id: idSchema,
  guid: z.string().max(64),
  delivered_at: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  status_code: z.number().int(),
  event: z.string(),
});
type Delivery = z.output<typeof deliverySchema>;
const installationSchema = z.object({ id: idSchema, suspended_at: z.string().nullish() });

export interface CatchUpDeps {
  readonly db: StoreDatabase;
  readonly client: GithubClient;
  /** Whether a delivery has come, whatever it means. */
  readonly isKept: (guid: string) => Promise<boolean>;
  readonly appId: number;
  readonly now: () => number;
  readonly log: Logger;
}

/** What GitHub could not tell is asked for: again, or, when it is too old for that, from the repositories themselves. */
export class CatchUp {
  readonly #deps: CatchUpDeps;

  constructor(deps: CatchUpDeps) {
    this.#deps = deps;
  }

  /** Has the first look be due. */
  async open(): Promise<void> {
    const { db, appId, now } = this.#deps;
    const nowMs = now();
    await db.transact(async (tx) => {
      // A new App has missed nothing.
      const row = { app_id: appId, heard_ms: nowMs };
      const insert = tx.insertInto('github_catch_up').values(row);
      await insert.onConflict((conflict) => conflict.column('app_id').doNothing()).execute();
      const duty = { kind: 'githubCatchUp', subject: String(appId), dueMs: nowMs } as const;
      await putDuty(tx, duty, nowMs);
    });
  }

  /** One look. Resolves to the time of the next. @throws GithubLimited, RequestError of octokit */
  async run(signal: AbortSignal): Promise<number> {
    const { db, appId, now, log } = this.#deps;
    const nowMs = now();
    const state = db.queries.selectFrom('github_catch_up').select('heard_ms');
    const { heard_ms } = await state.where('app_id', '=', appId).executeTakeFirstOrThrow();
    const isTooOld = heard_ms < nowMs - WINDOW_MS;
    const left = isTooOld ? undefined : await this.#askAgain(heard_ms - OVERLAP_MS, signal);
    if (left === undefined) {
      const repositories = await this.#repositories(heard_ms, signal);
      log.warn({ repositories: repositories.length, sinceMs: heard_ms }, 'GitHub was not heard');
      await this.#heard(nowMs, repositories);
    } else await this.#heard(left, []);
    return nowMs + LOOK_EVERY_MS;
  }

  /** Resolves to the time until which all has been heard; undefined when there is too much to ask for. */
  async #askAgain(sinceMs: number, signal: AbortSignal): Promise<number | undefined> {
    const nowMs = this.#deps.now();
    const failed = await this.#failedSince(sinceMs, signal);
    if (failed === undefined) return undefined;
    let oldestMs = nowMs;
    for (const { id, delivered_at } of await this.#unheard(failed)) {
      signal.throwIfAborted();
      const route = 'POST /app/hook/deliveries/{delivery_id}/attempts';
      await this.#deps.client.askAs('app', route, { delivery_id: id }, signal);
      oldestMs = Math.min(oldestMs, delivered_at);
    }
    return oldestMs;
  }

  /** Attempts that failed, the newest first; undefined when there are too many of them. */
  async #failedSince(sinceMs: number, signal: AbortSignal): Promise<Delivery[] | undefined> {
    const failed: Delivery[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const query = { per_page: PER_PAGE, status: 'failure', ...(cursor && { cursor }) };
      const route = 'GET /app/hook/deliveries';
      const { data, next } = await this.#deps.client.askAs('app', route, query, signal);
      const some = z.array(deliverySchema).max(PER_PAGE).parse(data);
      const recent = some.filter(({ delivered_at }) => delivered_at >= sinceMs);
      // An older server does not know that only failures are asked for.
      failed.push(...recent.filter(({ status_code: code }) => code < 200 || code >= 300));
      if (next === undefined || recent.length < some.length) return failed;
      cursor = next;
    }
    return undefined;
  }

  /** The latest attempt of each delivery that means something, has never been kept, and may yet be. The oldest first. */
  async #unheard(failed: readonly Delivery[]): Promise<Delivery[]> {
    const attempts = new Map<string, Delivery[]>();
    for (const delivery of failed)
      if (isRead(delivery.event))
        attempts.set(delivery.guid, [...(attempts.get(delivery.guid) ?? []), delivery]);
    const unheard: Delivery[] = [];
    for (const [guid, [newest, ...others]] of attempts)
      if (newest && others.length + 1 < MAX_ATTEMPTS && !(await this.#deps.isKept(guid)))
        unheard.push(newest);
    return unheard.reverse();
  }

  /** All that the App may see. */
  async #repositories(sinceMs: number, signal: AbortSignal): Promise<ReconcileSubject[]> {
    const { client } = this.#deps;
    const found: ReconcileSubject[] = [];
    for (let page = 1; page <= MAX_REPOSITORY_PAGES; page++) {
      const query = { per_page: PER_PAGE, page };
      const { data } = await client.askAs('app', 'GET /app/installations', query, signal);
      const installations = z.array(installationSchema).max(PER_PAGE).parse(data);
      for (const { id, suspended_at } of installations)
        if (suspended_at == null) found.push(...(await this.#repositoriesOf(id, sinceMs, signal)));
      if (installations.length < PER_PAGE) break;
    }
    return found;
  }

  async #repositoriesOf(installationId: number, sinceMs: number, signal: AbortSignal) {
    const found: ReconcileSubject[] = [];
    const schema = z.object({ repositories: z.array(repositorySchema).max(PER_PAGE) });
    for (let page = 1; page <= MAX_REPOSITORY_PAGES; page++) {
      const query = { per_page: PER_PAGE, page };
      const route = 'GET /installation/repositories';
      const { data } = await this.#deps.client.askAs(installationId, route, query, signal);
      const { repositories } = schema.parse(data);
      for (const { owner, name } of repositories)
        found.push({
          ...{ installationId, owner: owner.login, name, sinceMs },
          ...{ part: 'pulls', page: 1 },
        });
      if (repositories.length < PER_PAGE) break;
    }
    return found;
  }

  /** Together: a controller that dies before has all of it before it. */
  async #heard(untilMs: number, repositories: readonly ReconcileSubject[]): Promise<void> {
    const { db, appId, now } = this.#deps;
    await db.transact(async (tx) => {
      const state = tx.updateTable('github_catch_up').set({ heard_ms: untilMs });
      await state.where('app_id', '=', appId).execute();
      for (const repository of repositories) {
        const subject = subjectOf(repository);
        await putDuty(tx, { kind: 'githubReconcile', subject, dueMs: now() }, now());
      }
    });
  }
}
