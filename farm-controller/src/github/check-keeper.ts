import type { Logger } from 'pino';
import type { GithubHeadRow } from '../store/for-stages.js';
import type { Store } from '../store/ports.js';
import type { CheckWriter } from './check-writer.js';
import { failureOf, GithubLimited } from './github-errors.js';
import { type FarmPorts, submissionsOf } from './event-handler.js';
import type { GithubRows } from './github-rows.js';
import type { HeadRows } from './head-rows.js';
import type { HeadResults } from './head-results.js';
import { planChecks } from './plan-checks.js';
import type { WriteBudgets } from './write-budgets.js';

export interface CheckKeeperDeps {
  readonly rows: GithubRows;
  readonly heads: HeadRows;
  readonly store: Pick<Store, 'submissions'>;
  readonly farm: Pick<FarmPorts, 'cancel'>;
  readonly results: HeadResults;
  readonly writer: CheckWriter;
  readonly budgets: WriteBudgets;
  /** Where people reach the farm; empty when nobody said. */
  readonly publicUrl: string;
  readonly now: () => number;
  readonly log: Logger;
}

/** Keeps the checks of a commit what they are to be: it compares, writes the difference, and says when to look again. */
export class CheckKeeper {
  readonly #deps: CheckKeeperDeps;

  constructor(deps: CheckKeeperDeps) {
    this.#deps = deps;
  }

  /** The work of the duty `githubCheck`. */
  async run(headId: string, signal: AbortSignal): Promise<number | undefined> {
    const head = await this.#deps.heads.head(headId);
    if (!head) return undefined;
    // Whether GitHub answers or not: boards are not to work for nobody.
    await this.#cancel(head);
    try {
      const againMs = await this.#keep(head, signal);
      await this.#deps.budgets.answered(head.installation_id);
      return againMs;
    } catch (error) {
      signal.throwIfAborted();
      return await this.#later(error, head);
    }
  }

  /** What was submitted of a commit while it was wanted is cancelled when it is not; what is submitted later runs. */
  async #cancel(head: GithubHeadRow): Promise<void> {
    const { store, farm } = this.#deps;
    if (head.ended_ms === null) return;
    for (const { id, state, createdMs } of await submissionsOf(store, head))
      if (state === 'active' && createdMs <= head.ended_ms) await farm.cancel(id);
  }

  async #keep(head: GithubHeadRow, signal: AbortSignal): Promise<number | undefined> {
    const { rows, results, writer, now, publicUrl } = this.#deps;
    const known = await rows.checks(head.id);
    const facts = {
      ...{ sha: head.sha, state: head.state, why: head.why, queued: head.queued === 1 },
      ...{ waitUntilMs: head.wait_until_ms, link: publicUrl, begun: [...known.keys()] },
    };
    const found = head.state === 'open' ? await results.of(head) : [];
    const desired = planChecks(facts, found, now());
    const isWaiting = desired.some(({ status }) => status === 'queued');
    let againMs = isWaiting ? head.wait_until_ms : undefined;
    for (const check of desired) {
      const nextMs = await writer.bring({ head, signal }, known.get(check.name), check);
      if (nextMs !== undefined) againMs = Math.min(againMs ?? nextMs, nextMs);
    }
    return againMs;
  }

  /**
   * GitHub that asks for a pause, or does not answer, is no failure of the duty: it is due again then. What GitHub
   * refuses is one, and an operator sees it.
   */
  async #later(error: unknown, head: GithubHeadRow): Promise<number> {
    const { budgets, log, now } = this.#deps;
    const { installation_id: installation, repository } = head;
    if (error instanceof GithubLimited) {
      await budgets.pauseUntil(installation, error.untilMs);
      return error.untilMs;
    }
    const status = failureOf(error)?.status;
    if (status !== undefined && status < 500) throw error;
    const untilMs = await budgets.unanswered(installation, now());
    const why = error instanceof Error ? error.message : String(error);
    log.warn({ why, repository, untilMs }, 'GitHub does not answer');
    return untilMs;
  }
}
