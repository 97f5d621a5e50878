import { suitesOfChange } from '@greenrack/farm-model';
import { DEFAULT_POLICY, POLICY_FILE, type Policy } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { GithubHeadRow } from '../store/for-stages.js';
import type { HeadRows } from './head-rows.js';
import { type PolicyRows, readPolicy } from './policy-rows.js';
import type { RepositoryReads } from './repository-reads.js';

const MINUTE_MS = 60_000;

const planSchema = z.object({
  /** The policy file that holds; null for none. */
  blob: z.string().nullable(),
  /** Suites that this change needs. */
  needed: z.array(z.string()),
  /** What people should know of the policy. */
  notes: z.array(z.string()),
  /** What is wrong with the policy file that the change itself brings. */
  broken: z.string().optional(),
});

/** What the policy of the base says of one commit. */
export interface HeadPlan extends Omit<z.output<typeof planSchema>, 'blob'> {
  readonly policy: Policy;
}

export interface PolicyPlannerDeps {
  readonly heads: HeadRows;
  readonly policies: PolicyRows;
  readonly reads: RepositoryReads;
  /** Tenants that may speak for a repository, by `owner/name`; the first does where its policy names none. */
  readonly tenantsOf: (fullName: string) => readonly [string, ...string[]];
  readonly now: () => number;
}

/**
 * Finds the policy of the branch that a change is to go into: never that of the change itself, which a stranger may have
 * written. It is looked at once for each commit and base.
 */
export class PolicyPlanner {
  readonly #deps: PolicyPlannerDeps;

  constructor(deps: PolicyPlannerDeps) {
    this.#deps = deps;
  }

  /** @throws GithubLimited, RequestError of octokit */
  async planOf(head: GithubHeadRow): Promise<{ plan: HeadPlan; head: GithubHeadRow }> {
    const kept = await this.#kept(head);
    if (kept) return { plan: kept, head };
    const nowMs = this.#deps.now();
    const base = await this.#basePolicy(head, nowMs);
    const place = { ...head, installationId: head.installation_id };
    const changed = await this.#changed(head, base.policy);
    const { tenant, notes } = this.#tenant(head, base.policy);
    const plan: HeadPlan = {
      policy: base.policy,
      needed: suitesOfChange(base.policy, changed).map(({ name }) => name),
      notes: [...base.notes, ...notes],
      ...(await this.#ownFault(place, head, changed)),
    };
    const { policy, ...facts } = plan;
    const waitMs = policy.waitMinutes === undefined ? 0 : policy.waitMinutes * MINUTE_MS;
    const wait_until_ms = waitMs > 0 ? head.received_ms + waitMs : head.wait_until_ms;
    const plan_json = JSON.stringify({ ...facts, blob: base.blob });
    const change = { plan_json, tenant, wait_until_ms };
    await this.#deps.heads.savePlan(head, change);
    return { plan, head: { ...head, ...change } };
  }

  async #kept(head: GithubHeadRow): Promise<HeadPlan | undefined> {
    if (head.plan_json === null) return undefined;
    const { blob, ...facts } = planSchema.parse(JSON.parse(head.plan_json));
    const policy =
      blob === null ? DEFAULT_POLICY : await this.#deps.policies.byBlob(head.repository_id, blob);
    return policy && { ...facts, policy };
  }

  /** A file with a fault holds nobody up: what held before it holds on. The change that brought it was told. */
  async #basePolicy(head: GithubHeadRow, nowMs: number) {
    const { reads, policies } = this.#deps;
    const place = { ...head, installationId: head.installation_id };
    const file = await reads.file(place, POLICY_FILE, refOf(head));
    if (!file) return { policy: DEFAULT_POLICY, blob: null, notes: [] };
    const { policy, fault } = await policies.read(head.repository_id, file, nowMs);
    if (policy) return { policy, blob: file.sha, notes: [] };
    const good = await policies.lastGood(head.repository_id);
    const what = good
      ? 'the last one without a fault holds'
      : 'every suite gates until it is mended';
    const notes = [`The policy of the base is broken, ${what}: ${fault}`];
    return { policy: good?.policy ?? DEFAULT_POLICY, blob: good?.sha ?? null, notes };
  }

  /** Undefined: all may have changed. */
  async #changed(head: GithubHeadRow, policy: Policy): Promise<string[] | undefined> {
    const isAsked = head.pull_request !== null || policy.suites.some(({ paths }) => paths);
    if (head.base_sha === null || !isAsked) return undefined;
    const place = { ...head, installationId: head.installation_id };
    return await this.#deps.reads.changed(place, head.base_sha, head.sha);
  }

  /** Whoever breaks the policy hears of it before it is merged. */
  async #ownFault(
    place: GithubHeadRow & { installationId: number },
    { pull_request, sha }: GithubHeadRow,
    changed: readonly string[] | undefined,
  ): Promise<{ broken?: string }> {
    if (pull_request === null || changed?.includes(POLICY_FILE) === false) return {};
    const file = await this.#deps.reads.file(place, POLICY_FILE, sha);
    const fault = file && readPolicy(file.text).fault;
    return fault === undefined ? {} : { broken: fault };
  }

  /** A repository may choose among the tenants that the farm gave it, and no others. */
  #tenant({ owner, name }: GithubHeadRow, policy: Policy) {
    const allowed = this.#deps.tenantsOf(`${owner}/${name}`);
    const [tenant] = allowed;
    const { tenant: wanted } = policy;
    if (wanted === undefined) return { tenant, notes: [] };
    if (allowed.includes(wanted)) return { tenant: wanted, notes: [] };
    const notes = [
      `The policy names the tenant ${wanted}, which this farm does not give to ${owner}/${name}: submissions of ${tenant} count. An administrator may add it to GREENRACK_GITHUB_TENANTS.`,
    ];
    return { tenant, notes };
  }
}

/** What was pushed to a branch is what holds there. */
const refOf = ({ pull_request, queued, base_sha, sha }: GithubHeadRow): string =>
  pull_request === null && queued === 0 ? sha : (base_sha ?? sha);
