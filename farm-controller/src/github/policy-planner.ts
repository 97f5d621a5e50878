import { suitesOfChange } from '@greenrack/farm-model';
import { DEFAULT_POLICY, POLICY_FILE, type Policy } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { GithubHeadRow } from '../store/for-stages.js';
import type { HeadRows } from './head-rows.js';
import { type PolicyRows, readPolicy } from './policy-rows.js';
import type { RepositoryReads } from './repository-reads.js';

const MINUTE_MS = 60_000;

const basePlanSchema = z.object({
  /** The commit that the change is to go into; null for one that is in its branch. */
  base: z.string().nullable(),
  /** The policy file that holds; null for none. */
  blob: z.string().nullable(),
  /** Suites that this change needs. */
  needed: z.array(z.string()),
  /** What people should know of the policy. */
  notes: z.array(z.string()),
  /** What is wrong with the policy file that the change itself brings. */
  broken: z.string().optional(),
});
const plansSchema = z.array(basePlanSchema);

/** What the policy of one base says of a commit. */
type BasePlan = z.output<typeof basePlanSchema> & { readonly policy: Policy };

/** What the policies say of one commit: those of all branches that it is to go into, and it must please each. */
export interface HeadPlan {
  readonly plans: readonly Pick<BasePlan, 'policy' | 'needed'>[];
  readonly notes: readonly string[];
  readonly broken?: string;
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
 * Finds the policies of the branches that a change is to go into: never that of the change itself, which a stranger may
 * have written. They are looked at once for each commit and base. Checks are of a commit, so a second pull request of the
 * same one into a branch that asks for less must not speak for the first.
 */
export class PolicyPlanner {
  readonly #deps: PolicyPlannerDeps;

  constructor(deps: PolicyPlannerDeps) {
    this.#deps = deps;
  }

  /** @throws GithubLimited, RequestError of octokit */
  async planOf(head: GithubHeadRow): Promise<{ plan: HeadPlan; head: GithubHeadRow }> {
    const kept = keptPlans(head);
    const plans: BasePlan[] = [];
    for (const base of await this.#deps.heads.bases(head))
      plans.push((await this.#kept(head, kept, base)) ?? (await this.#plan(head, base)));
    const { tenant, notes } = this.#tenant(head, plans);
    const broken = plans.find((one) => one.broken !== undefined)?.broken;
    const plan = {
      plans,
      notes: [...new Set([...plans.flatMap((one) => one.notes), ...notes])],
      ...(broken !== undefined && { broken }),
    };
    const plan_json = JSON.stringify(plansSchema.parse(plans));
    if (plan_json === head.plan_json) return { plan, head: { ...head, tenant } };
    const waitMs = Math.max(...plans.map(({ policy }) => (policy.waitMinutes ?? 0) * MINUTE_MS));
    const wait_until_ms = waitMs > 0 ? head.received_ms + waitMs : head.wait_until_ms;
    const change = { plan_json, tenant, wait_until_ms };
    await this.#deps.heads.savePlan(head.id, change);
    return { plan, head: { ...head, ...change } };
  }

  async #plan(head: GithubHeadRow, base: string | null): Promise<BasePlan> {
    const { policy, blob, notes } = await this.#policyAt(head, base ?? head.sha);
    const changed = await this.#changed(head, base ?? head.base_sha, policy);
    const needed = suitesOfChange(policy, changed).map(({ name }) => name);
    const fault = base === null ? {} : await this.#ownFault(head, changed);
    return { base, policy, blob, notes, needed, ...fault };
  }

  async #kept(
    { repository_id }: GithubHeadRow,
    kept: z.output<typeof plansSchema>,
    base: string | null,
  ): Promise<BasePlan | undefined> {
    const plan = kept.find((each) => each.base === base);
    if (!plan) return undefined;
    const policy =
      plan.blob === null
        ? DEFAULT_POLICY
        : await this.#deps.policies.byBlob(repository_id, plan.blob);
    return policy && { ...plan, policy };
  }

  /** A file with a fault holds nobody up: what held before it holds on. The change that brought it was told. */
  async #policyAt(head: GithubHeadRow, ref: string) {
    const { reads, policies, now } = this.#deps;
    const file = await reads.file(placeOf(head), POLICY_FILE, ref);
    if (!file) return { policy: DEFAULT_POLICY, blob: null, notes: [] };
    const { policy, fault } = await policies.read(head.repository_id, file, now());
    if (policy) return { policy, blob: file.sha, notes: [] };
    const good = await policies.lastGood(head.repository_id);
    const what = good
      ? 'the last one without a fault holds'
      : 'every suite gates until it is mended';
    const notes = [`The policy of the base is broken, ${what}: ${fault}`];
    return { policy: good?.policy ?? DEFAULT_POLICY, blob: good?.sha ?? null, notes };
  }

  /** Undefined: all may have changed. */
  async #changed(
    head: GithubHeadRow,
    base: string | null,
    policy: Policy,
  ): Promise<string[] | undefined> {
    const isAsked = head.pull_request !== null || policy.suites.some(({ paths }) => paths);
    if (base === null || !isAsked) return undefined;
    return await this.#deps.reads.changed(placeOf(head), base, head.sha);
  }

  /** Whoever breaks the policy hears of it before it is merged. */
  async #ownFault(
    head: GithubHeadRow,
    changed: readonly string[] | undefined,
  ): Promise<{ broken?: string }> {
    if (head.pull_request === null || changed?.includes(POLICY_FILE) === false) return {};
    const file = await this.#deps.reads.file(placeOf(head), POLICY_FILE, head.sha);
    const fault = file && readPolicy(file.text).fault;
    return fault === undefined ? {} : { broken: fault };
  }

  /**
   * A repository may choose among the tenants that the farm gave it, and no others. Where its branches do not agree, the
   * farm's word holds: who opens a pull request into another branch has no choice by that.
   */
  #tenant({ owner, name }: GithubHeadRow, plans: readonly BasePlan[]) {
    const allowed = this.#deps.tenantsOf(`${owner}/${name}`);
    const [first] = allowed;
    const wanted = [...new Set(plans.map(({ policy }) => policy.tenant ?? first))];
    const foreign = wanted.find((each) => !allowed.includes(each));
    const [tenant = first] = wanted;
    if (foreign !== undefined)
      return {
        tenant: first,
        notes: [
          `The policy names the tenant ${foreign}, which this farm does not give to ${owner}/${name}: submissions of ${first} count. An administrator may add it to GREENRACK_GITHUB_TENANTS.`,
        ],
      };
    if (wanted.length === 1) return { tenant, notes: [] };
    const notes = [
      `The branches that this commit is to go into name different tenants (${wanted.join(', ')}): submissions of ${first} count.`,
    ];
    return { tenant: first, notes };
  }
}

/** What an older version of the farm wrote is looked at anew. */
function keptPlans({ plan_json }: GithubHeadRow): z.output<typeof plansSchema> {
  const kept = plansSchema.safeParse(JSON.parse(plan_json ?? '[]'));
  return kept.success ? kept.data : [];
}

const placeOf = (head: GithubHeadRow) => ({ ...head, installationId: head.installation_id });
