import { meaningOf } from '@greenrack/farm-model';
import type { SubmissionView } from '@greenrack/farm-protocol';
import type { GithubHeadRow } from '../store/for-stages.js';
import type { Store } from '../store/ports.js';
import { Turns } from '../timing/turns.js';
import type { CheckResults } from './check-model.js';
import { type Base, baseOf } from './compare-base.js';
import { foldRuns, resultsOf, type SuiteRuns, suiteOf } from './fold-runs.js';
import { tenantsOfHead } from './fork-tenant.js';
import type { SuiteTerms } from './judge-suite.js';
import { type RunFacts, runFacts, type SubmissionFacts } from './run-facts.js';

/** Submissions of one commit that are looked at, the newest. */
const MAX_SUBMISSIONS = 200;
/** Runs of a submission at most. */
const MAX_RUNS = 5_000;

export interface HeadResultsDeps {
  readonly store: Pick<Store, 'submissions' | 'runs'>;
  /** A commit and those before it; empty when GitHub does not know it. Without it, only the base itself is looked at. */
  readonly history?: (head: Subject, sha: string) => Promise<readonly string[]>;
}

type Commit = Pick<GithubHeadRow, 'repository' | 'tenant' | 'sha'> &
  Partial<Pick<GithubHeadRow, 'fork'>>;
/** A commit, the one that it is compared with, and by whom GitHub is asked. */
type Subject = Commit &
  Pick<GithubHeadRow, 'base_sha'> &
  Partial<Pick<GithubHeadRow, 'installation_id' | 'owner' | 'name'>>;

/** What the farm has found out about a commit, as its checks show it. */
export class HeadResults {
  readonly #deps: HeadResultsDeps;

  constructor(deps: HeadResultsDeps) {
    this.#deps = deps;
  }

  /** @param terms - by what a suite on a target is judged */
  async of(
    head: Subject,
    terms: (suite: string, target: string) => SuiteTerms,
  ): Promise<CheckResults[]> {
    const suites = foldRuns(await this.#facts(head));
    const isOver = suites.every(({ runs }) => runs.every(({ verdict }) => verdict !== null));
    const bases = isOver ? await this.#bases(head, suites) : new Map<string, Base>();
    return suites.map((suite) =>
      resultsOf(suite, bases.get(keyOf(suite)), terms(suite.suite, suite.target)),
    );
  }

  /** Of each suite on a target, the nearest commit before this one that has results of it. */
  async #bases(head: Subject, suites: readonly SuiteRuns[]): Promise<Map<string, Base>> {
    const bases = new Map<string, Base>();
    if (head.base_sha === null) return bases;
    const wanted = new Map(suites.map((suite) => [keyOf(suite), suite.suite]));
    const look = async (sha: string) => {
      const names = new Set(wanted.values());
      for (const suite of foldRuns(await this.#facts({ ...head, sha, fork: 0 }, names))) {
        const key = keyOf(suite);
        if (!hasResults(suite) || !wanted.delete(key)) continue;
        bases.set(key, baseOf(sha, suite.runs));
      }
    };
    await look(head.base_sha);
    if (wanted.size === 0) return bases;
    const before = (await this.#deps.history?.(head, head.base_sha)) ?? [];
    for (const sha of before.filter((each) => each !== head.base_sha)) {
      await look(sha);
      if (wanted.size === 0) break;
    }
    return bases;
  }

  /** The oldest first. @param names - only of these suites */
  async #facts(commit: Commit, names?: ReadonlySet<string>): Promise<SubmissionFacts[]> {
    // Who may speak for the repository is said by the farm, not by whoever submits: others take no room here.
    const { repository, sha } = commit;
    const tenant = tenantsOfHead(commit);
    const page = { limit: MAX_SUBMISSIONS };
    const { items } = await this.#deps.store.submissions.list(page, { repository, sha, tenant });
    const facts: SubmissionFacts[] = [];
    for (const submission of items.reverse())
      if (names?.has(suiteOf(submission.name)) !== false)
        facts.push({ submission, runs: await this.#runs(submission) });
    return facts;
  }

  async #runs({ id, state }: SubmissionView): Promise<RunFacts[]> {
    const { runs } = this.#deps.store;
    if (state !== 'finished') {
      const { items } = await runs.list({ submissionId: id }, { limit: MAX_RUNS });
      return items.map((run) => runFacts(run, []));
    }
    const facts: RunFacts[] = [];
    const turns = new Turns();
    for await (const { run, attempts } of runs.report(id)) {
      facts.push(runFacts(run, attempts));
      await turns.pass();
    }
    return facts;
  }
}

/** What still runs, or of which nothing was learnt, is nothing to compare with. */
const hasResults = ({ runs }: SuiteRuns): boolean =>
  runs.every(({ verdict }) => verdict !== null) &&
  runs.some(({ verdict }) => meaningOf(verdict) !== 'unknown');

const keyOf = ({ suite, target }: SuiteRuns): string => JSON.stringify([suite, target]);
