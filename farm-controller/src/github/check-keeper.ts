import type { Logger } from 'pino';
import type { GithubHeadRow } from '../store/for-stages.js';
import type { CheckWriter } from './check-writer.js';
import { failureOf, GithubLimited } from './github-errors.js';
import type { GithubRows } from './github-rows.js';
import type { HeadResults } from './head-results.js';
import { planChecks } from './plan-checks.js';
import { WriteBudget } from './write-budget.js';

export interface CheckKeeperDeps {
  readonly rows: GithubRows;
  readonly results: HeadResults;
  readonly writer: CheckWriter;
  /** Where people reach the farm; empty when nobody said. */
  readonly publicUrl: string;
  readonly now: () => number;
  readonly log: Logger;
}

/** Keeps the checks of a commit what they are to be: it compares, writes the difference, and says when to look again. */
export class CheckKeeper {
  readonly #deps: CheckKeeperDeps;
  readonly #budgets = new Map<number, WriteBudget>();

  constructor(deps: CheckKeeperDeps) {
    this.#deps = deps;
  }

  /** The work of the duty `githubCheck`. */
  async run(headId: string, signal: AbortSignal): Promise<number | undefined> {
    const head = await this.#deps.rows.head(headId);
    if (!head) return undefined;
    const budget = this.#budgetOf(head.installation_id);
    try {
      const againMs = await this.#keep(head, budget, signal);
      budget.answered();
      return againMs;
    } catch (error) {
      signal.throwIfAborted();
      return this.#later(error, head, budget);
    }
  }

  async #keep(
    head: GithubHeadRow,
    budget: WriteBudget,
    signal: AbortSignal,
  ): Promise<number | undefined> {
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
      const nextMs = await writer.bring({ head, budget, signal }, known.get(check.name), check);
      if (nextMs !== undefined) againMs = Math.min(againMs ?? nextMs, nextMs);
    }
    return againMs;
  }

  /**
   * GitHub that asks for a pause, or does not answer, is no failure of the duty: it is due again then. What GitHub
   * refuses is one, and an operator sees it.
   */
  #later(error: unknown, head: GithubHeadRow, budget: WriteBudget): number {
    const { log, now } = this.#deps;
    if (error instanceof GithubLimited) {
      budget.pauseUntil(error.untilMs);
      return error.untilMs;
    }
    const status = failureOf(error)?.status;
    if (status !== undefined && status < 500) throw error;
    const untilMs = budget.unanswered(now());
    const why = error instanceof Error ? error.message : String(error);
    log.warn({ why, repository: head.repository, untilMs }, 'GitHub does not answer');
    return untilMs;
  }

  #budgetOf(installationId: number): WriteBudget {
    const known = this.#budgets.get(installationId);
    if (known) return known;
    const made = new WriteBudget();
    this.#budgets.set(installationId, made);
    return made;
  }
}
