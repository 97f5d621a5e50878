import type { GithubHeadRow } from '../store/for-stages.js';
import type { Store } from '../store/ports.js';
import type { CheckResults, DesiredCheck } from './check-model.js';
import type { CheckWriter } from './check-writer.js';
import { type FarmPorts, submissionsOf } from './event-handler.js';
import type { ForkRows } from './fork-rows.js';
import { type ForkState, forkState } from './fork-state.js';
import { pullReason } from './github-event.js';
import type { GithubRows } from './github-rows.js';
import type { HeadResults } from './head-results.js';
import type { HeadRows } from './head-rows.js';
import { termsOf } from './judge-suite.js';
import { patiently } from './patience.js';
import { expectedBy, planChecks, troubleOf, waiting } from './plan-checks.js';
import type { HeadPlan, PolicyPlanner } from './policy-planner.js';
import type { PullCommenter } from './pull-commenter.js';
import type { QuarantineRows } from './quarantine-rows.js';

export interface CheckKeeperDeps {
  readonly rows: GithubRows;
  readonly heads: HeadRows;
  readonly forks: ForkRows;
  readonly store: Pick<Store, 'submissions'>;
  readonly farm: Pick<FarmPorts, 'cancel'>;
  readonly results: HeadResults;
  readonly planner: PolicyPlanner;
  readonly quarantine: QuarantineRows;
  readonly commenter: PullCommenter;
  readonly writer: CheckWriter;
  /** Where people reach the farm; empty when nobody said. */
  readonly publicUrl: string;
  readonly now: () => number;
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
    return await patiently(() => this.#keep(head, signal));
  }

  /** What was submitted of a commit while it was wanted is cancelled when it is not; what is submitted later runs. */
  async #cancel(head: GithubHeadRow): Promise<void> {
    const { store, farm } = this.#deps;
    if (head.ended_ms === null) return;
    for (const { id, state, createdMs } of await submissionsOf(store, head))
      if (state === 'active' && createdMs <= head.ended_ms) await farm.cancel(id);
  }

  async #keep(head: GithubHeadRow, signal: AbortSignal): Promise<number | undefined> {
    const { rows, writer, now } = this.#deps;
    const known = await rows.checks(head.id);
    // Seen at once; what the policy says of it takes questions.
    if (known.size === 0 && head.state === 'open')
      await writer.bring({ head, signal }, undefined, this.#first(head));
    const { planned, desired, comment } = await this.#desired(head, known);
    const isWaiting = desired.some(({ status }) => status === 'queued');
    const mayBeLate = desired.some(({ status }) => status === 'in_progress');
    const made = known.size === 0 ? await rows.checks(head.id) : known;
    for (const check of desired) await writer.bring({ head, signal }, made.get(check.name), check);
    await comment?.(signal);
    // What is over by then is said then, though nothing happens.
    if (!isWaiting && !(mayBeLate && planned.wait_until_ms > now())) return undefined;
    return Math.max(planned.wait_until_ms, now() + 1);
  }

  #first({ sha, wait_until_ms: waitUntilMs }: GithubHeadRow): DesiredCheck {
    const { publicUrl: link, now } = this.#deps;
    return waiting({ sha, waitUntilMs, link }, now());
  }

  /** Once all is known of the newest commit of a pull request. One of before that is run again is told by its checks. */
  async #comment(head: GithubHeadRow, { plan, found, isGreen, signal }: Told): Promise<void> {
    const { heads, commenter } = this.#deps;
    const { id, pull_request } = head;
    const isQuiet = plan.plans.every(({ policy }) => policy.comments === 'never');
    if (pull_request === null || isQuiet || found.length === 0) return;
    if (found.some(({ total, finished }) => finished < total)) return;
    if (!(await heads.isWanted(id, pullReason(pull_request)))) return;
    await commenter.bring({ ...head, pull_request }, { results: found, isGreen }, signal);
  }

  async #desired(head: GithubHeadRow, known: ReadonlyMap<string, unknown>) {
    const { results, planner, publicUrl: link, now } = this.#deps;
    const nowMs = now();
    const facts = {
      sha: head.sha,
      state: head.state,
      why: head.why,
      link,
      begun: [...known.keys()],
    };
    if (head.state !== 'open')
      return {
        planned: head,
        desired: planChecks({ ...facts, ...NO_PLAN }, [], nowMs),
        comment: undefined,
      };
    const { plan, head: planned } = await planner.planOf(head);
    const quarantined = await this.#deps.quarantine.of(planned, nowMs);
    const policies = plan.plans.map(({ policy }) => policy);
    const terms = (suite: string, target: string) =>
      termsOf(policies, { suite, target, nowMs }, quarantined);
    const found = await results.of(planned, terms);
    const { notes = [], ...fork } = await this.#forkState(planned);
    const said = {
      ...facts,
      waitUntilMs: planned.wait_until_ms,
      trouble: troubleOf(policies, head.queued === 1),
      expected: expectedBy(plan.plans),
      notes: [...plan.notes, ...notes, ...(head.refused === null ? [] : [head.refused])],
      ...{ ...fork, broughtNothing: notes.length > 0 },
      ...(plan.broken !== undefined && { broken: plan.broken }),
    };
    const desired = planChecks(said, found, nowMs);
    const isGreen = desired.at(-1)?.conclusion === 'success';
    const comment = (signal: AbortSignal) =>
      this.#comment(planned, { plan, found, isGreen, signal });
    return { planned, desired, comment };
  }

  async #forkState(head: GithubHeadRow): Promise<ForkState> {
    return head.fork === 1 ? forkState(head, await this.#deps.forks.ofCommit(head)) : {};
  }
}

/** What the comment on a pull request goes by. */
interface Told {
  readonly plan: HeadPlan;
  readonly found: readonly CheckResults[];
  /** The check of the whole commit is a success. */
  readonly isGreen: boolean;
  readonly signal: AbortSignal;
}

/** Nobody asks what is expected of a commit that nobody wants. */
const NO_PLAN = { waitUntilMs: 0, trouble: 'neutral', expected: [], notes: [] } as const;
