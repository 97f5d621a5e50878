import {
  type PolicyTrial,
  policyTrialRequestSchema,
  policyTrialSchema,
  type PolicyTrialRequest,
  DEFAULT_POLICY,
  type Policy,
  type SubmissionView,
} from '@greenrack/farm-protocol';
import type { Store } from '../store/ports.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { DesiredCheck } from './check-model.js';
import { HeadResults } from './head-results.js';
import { termsOf } from './judge-suite.js';
import { expectedBy, type HeadFacts, planChecks, troubleOf } from './plan-checks.js';

/** Looked at in one trial; the newest. */
const MAX_COMMITS = 50;
const MAX_RUNS = 20_000;
const PAGE = 200;

type Deps = { readonly store: Pick<Store, 'submissions' | 'runs'> };
interface Commit {
  readonly sha: string;
  readonly newest: SubmissionView;
}

/** What a policy would have said of what was submitted before. */
export function policyTrialRoute({ store }: Deps): Route {
  return jsonRoute({
    method: 'post',
    path: `${API_BASE}/policy/try`,
    role: 'submitter',
    unaudited: true,
    summary: 'What a policy would have said of the submissions of a repository',
    body: policyTrialRequestSchema,
    response: policyTrialSchema,
    handler: async ({ body, principal: { tenant }, signal }) => {
      const { commits, cut } = await recentCommits(store, body, tenant);
      const results = new HeadResults({ store });
      const tried: PolicyTrial['commits'] = [];
      for (const { sha, newest } of commits) {
        signal.throwIfAborted();
        const commit = { repository: body.repository, sha, tenant };
        const before = await checksUnder(results, commit, DEFAULT_POLICY);
        const after = await checksUnder(results, commit, body.policy);
        tried.push({
          ...{ sha, ref: newest.origin?.ref ?? null, submittedMs: newest.createdMs },
          checks: compared(before, after),
        });
      }
      return { commits: tried, cut };
    },
  });
}

async function recentCommits(
  { submissions }: Deps['store'],
  { repository, sinceMs }: PolicyTrialRequest,
  tenant: string,
): Promise<{ commits: Commit[]; cut: boolean }> {
  const commits = new Map<string, Commit>();
  let runs = 0;
  let cursor: string | undefined;
  do {
    const page = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
    const { items, nextCursor } = await submissions.list(page, { repository, tenant });
    for (const newest of items) {
      const sha = newest.origin?.sha;
      if (newest.createdMs < sinceMs) return { commits: [...commits.values()], cut: false };
      if (sha === undefined || newest.state !== 'finished') continue;
      runs += newest.runsTotal;
      const isFull = commits.size === MAX_COMMITS && !commits.has(sha);
      if (isFull || runs > MAX_RUNS) return { commits: [...commits.values()], cut: true };
      if (!commits.has(sha)) commits.set(sha, { sha, newest });
    }
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  return { commits: [...commits.values()], cut: false };
}

/** As if all of it were needed: what a change touched is not known any more. */
async function checksUnder(
  results: HeadResults,
  commit: { repository: string; sha: string; tenant: string },
  policy: Policy,
): Promise<DesiredCheck[]> {
  const nowMs = Date.now();
  const terms = (suite: string, target: string) => termsOf([policy], { suite, target, nowMs }, []);
  const found = await results.of({ ...commit, base_sha: null }, terms);
  const needed = policy.suites.map(({ name }) => name);
  const head: HeadFacts = {
    ...{ sha: commit.sha, state: 'open', why: '' },
    ...{ waitUntilMs: 0, link: '', begun: [], notes: [] },
    trouble: troubleOf([policy], false),
    expected: expectedBy([{ policy, needed }]),
  };
  return planChecks(head, found, nowMs);
}

function compared(before: readonly DesiredCheck[], after: readonly DesiredCheck[]) {
  const was = new Map(before.map(({ name, conclusion, status }) => [name, conclusion ?? status]));
  return after.map(({ name, conclusion, status, title }) => ({
    ...{ name, title, before: was.get(name) ?? 'none', after: conclusion ?? status },
  }));
}
