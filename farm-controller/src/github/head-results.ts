import { meaningOf } from '@greenrack/farm-model';
import type { RunView, SubmissionView } from '@greenrack/farm-protocol';
import type { GithubHeadRow } from '../store/for-stages.js';
import type { Store } from '../store/ports.js';
import { Turns } from '../timing/turns.js';
import type { CheckResults, ConfirmedChange } from './check-model.js';
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
  /** What is confirmed to have begun with a commit. */
  readonly changes?: (commit: Commit) => Promise<readonly ConfirmedChange[]>;
  /** Has the base run, once; false when that cannot be done. */
  readonly runBase?: (wish: BaseWish) => Promise<boolean>;
}

/** The base of a commit, of a submission that found nothing out about it. */
export interface BaseWish extends Pick<GithubHeadRow, 'tenant'> {
  readonly sha: string;
  readonly submissionId: string;
  readonly target: string;
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
    const ended = suites.filter(isOver);
    const bases = await this.#bases(head, ended);
    const changes = ended.length === 0 ? [] : ((await this.#deps.changes?.(head)) ?? []);
    const results: CheckResults[] = [];
    for (const suite of suites) {
      const base = bases.get(keyOf(suite));
      const noBase = base || !isOver(suite) ? undefined : await this.#noBase(head, suite);
      results.push({
        ...resultsOf(suite, base, terms(suite.suite, suite.target)),
        changes: changes.filter((one) => isOf(one, suite)),
        ...(noBase !== undefined && { noBase }),
      });
    }
    return results;
  }

  /** The base is run where that can be done: once, and it is looked at again when that has ended. */
  async #noBase(head: Subject, { suite, target }: SuiteRuns): Promise<string | undefined> {
    const { base_sha: sha } = head;
    const { runBase } = this.#deps;
    if (sha === null || !runBase) return undefined;
    const short = sha.slice(0, 7);
    const there = foldRuns(await this.#facts({ ...head, sha }, new Set([suite])));
    const base = there.find((one) => one.target === target);
    const [submissionId = ''] = base?.submissionIds ?? [];
    const isGoingOn = base !== undefined && !isOver(base);
    const wish = { ...head, submissionId, target, sha };
    const isRun = isGoingOn || (base !== undefined && (await runBase(wish)));
    return isRun
      ? `No result of ${short} on ${target} yet: the farm runs it.`
      : `No result of ${short} on ${target}, and its image is not stored.`;
  }

  /** Of each suite on a target, the nearest commit before this one that has results of it. */
  async #bases(head: Subject, suites: readonly SuiteRuns[]): Promise<Map<string, Base>> {
    const bases = new Map<string, Base>();
    if (head.base_sha === null || suites.length === 0) return bases;
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
    const open = new Map<string, RunFacts[]>();
    if (state !== 'finished') {
      const { items } = await runs.list({ submissionId: id }, { limit: MAX_RUNS });
      for (const run of items) if (run.verdict === null) open.set(run.requirement.target, []);
      for (const run of items) open.get(run.requirement.target)?.push(runFacts(run, []));
    }
    const facts: RunFacts[] = [...open.values()].flat();
    const turns = new Turns();
    // Of a target that has ended all is told, though others go on.
    const hasEnded = ({ requirement }: RunView) => !open.has(requirement.target);
    for await (const { run, attempts } of runs.report(id, hasEnded)) {
      facts.push(runFacts(run, attempts));
      await turns.pass();
    }
    return facts;
  }
}

const isOver = ({ runs }: SuiteRuns): boolean => runs.every(({ verdict }) => verdict !== null);

/** What still runs, or of which nothing was learnt, is nothing to compare with. */
const hasResults = (suite: SuiteRuns): boolean =>
  isOver(suite) && suite.runs.some(({ verdict }) => meaningOf(verdict) !== 'unknown');

const isOf = ({ target, imageName }: ConfirmedChange, suite: SuiteRuns): boolean =>
  target === suite.target && suite.runs.some((run) => run.imageName === imageName);

const keyOf = ({ suite, target }: SuiteRuns): string => JSON.stringify([suite, target]);
