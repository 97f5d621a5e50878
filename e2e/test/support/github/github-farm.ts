import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubmissionCreated } from '@greenrack/farm-protocol';
import { imagePath } from '../../../src/images.js';
import { SimAgent, type SimScript } from '../../../src/sim-agent.js';
import { TestFarm } from '../../../src/test-farm.js';
import { newFakeId } from './answers.js';
import type { Json } from './description.js';
import { FakeGitHub } from './fake-github.js';
import type { FakeArtifact, FakeCheck, FakePull, FakeRepository } from './fake-repository.js';

const TARGET = 'FVP_MPS2_M3';
const MODEL = 'fvp-mps2-m3';

export interface GithubFarmPlan {
  readonly boards: number;
  /** An agent that passes everything at once, in place of emulators; `later`: when it is brought. */
  readonly simulated?: boolean | 'later';
  /** Tags of every board. */
  readonly tags?: readonly string[];
  /** Default: any. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** In whole seconds, as GitHub has them. */
const at = (ms: number): string => new Date(ms - (ms % 1000)).toISOString();

/** A farm that is an App of a GitHub of ours, with one repository. */
export class GithubFarm {
  readonly #dir: string;
  #sim: SimAgent | undefined;

  private constructor(
    readonly github: FakeGitHub,
    readonly repository: FakeRepository,
    readonly farm: TestFarm,
    dir: string,
  ) {
    this.#dir = dir;
  }

  static async start(plan: GithubFarmPlan): Promise<GithubFarm> {
    const github = await FakeGitHub.start();
    const repository = github.addRepository('acme/firmware', 5);
    const dir = mkdtempSync(join(tmpdir(), 'greenrack-github-'));
    const secret = randomBytes(20).toString('hex');
    const files = { key: join(dir, 'key.pem'), secret: join(dir, 'secret') };
    writeFileSync(files.key, github.credentials.privateKeyPem, { mode: 0o600 });
    writeFileSync(files.secret, `${secret}\n`, { mode: 0o600 });
    const farm = await TestFarm.start({
      racks: [{ agent: 'lab', boards: { [MODEL]: plan.boards }, tags: plan.tags ?? [] }],
      ...(plan.port !== undefined && { port: plan.port }),
      simulated: plan.simulated !== undefined && plan.simulated !== false,
      controllerEnv: {
        GREENRACK_GITHUB_APP_ID: String(github.credentials.appId),
        GREENRACK_GITHUB_KEY_FILE: files.key,
        GREENRACK_GITHUB_WEBHOOK_SECRET_FILE: files.secret,
        GREENRACK_GITHUB_API_URL: github.url,
        GREENRACK_PUBLIC_URL: 'https://farm.example',
        ...plan.env,
      },
    }).catch(async (error: unknown) => {
      await github.stop();
      throw error;
    });
    Object.assign(github.deliveries.target, { url: `${farm.client.url}/github/webhook`, secret });
    const made = new GithubFarm(github, repository, farm, dir);
    if (plan.simulated === true) await made.simulate();
    return made;
  }

  /** Brings an agent that does at once what `script` says; without one it passes everything. */
  async simulate(script?: SimScript): Promise<void> {
    this.#sim = new SimAgent(this.farm.client.url, 'lab', this.farm.agentToken('lab'), script);
    await this.#sim.start();
  }

  async stop(): Promise<void> {
    await this.#sim?.stop();
    await this.farm.stop();
    await this.github.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Opens a pull request, of a branch of the same repository or of a fork, and tells the App. */
  async open(number: number, headSha: string, fork?: string): Promise<void> {
    const pull: FakePull = {
      ...(fork !== undefined && { fork }),
      ...{ number, headSha, headRef: `change-${number}`, baseRef: 'main', baseSha: 'b'.repeat(40) },
      ...{ author: 'ada', state: 'open', labels: [], updatedMs: Date.now() },
    };
    this.repository.pulls.set(number, pull);
    this.repository.trees.set(headSha, ['firmware/apps/fail/main.c', 'README.md']);
    await this.tell('pull-request-opened', pull);
  }

  /** A push to the branch of a pull request. */
  async push(number: number, headSha: string): Promise<void> {
    const pull = this.#pull(number);
    const before = pull.headSha;
    pull.headSha = headSha;
    await this.tell('pull-request-synchronize', pull, { before, after: headSha });
  }

  async close(number: number): Promise<void> {
    const pull = this.#pull(number);
    pull.state = 'closed';
    await this.tell('pull-request-closed', pull);
  }

  async tell(event: string, pull: FakePull, more: Json = {}): Promise<number> {
    const { headSha, headRef, baseRef, baseSha } = pull;
    const repo = this.repository.json;
    pull.updatedMs = Date.now();
    const pull_request = {
      ...{ number: pull.number, state: pull.state, updated_at: at(pull.updatedMs) },
      head: { sha: headSha, ref: headRef, repo: pull.fork ? this.#fork : repo },
      base: { sha: baseSha, ref: baseRef, repo },
    };
    const facts = { number: pull.number, pull_request, ...more };
    return await this.github.send(event, this.repository, facts);
  }

  /** Submits images of a commit, as its workflow does. */
  async submit(sha: string, apps: readonly string[], more: Json = {}): Promise<SubmissionCreated> {
    const spec = {
      ...{ version: 1, name: 'smoke' },
      origin: { repository: 'github.test/acme/firmware', sha, pullRequest: 1 },
      runs: apps.map((app) => ({ image: `${app}.elf`, target: TARGET, name: app })),
      ...more,
    };
    const paths = [...new Set(apps)].map((app) => imagePath(TARGET, app));
    return await this.farm.client.submit(spec, paths);
  }

  /** The newest check of that name, once `holds`. */
  async check(
    sha: string,
    name: string,
    holds: (check: FakeCheck) => boolean = () => true,
  ): Promise<FakeCheck> {
    const find = () => this.repository.check(sha, name);
    const there = () => {
      const check = find();
      return check !== undefined && holds(check);
    };
    await this.github
      .until(`check ${name} of ${sha.slice(0, 7)}`, there)
      .catch((cause: unknown) => {
        throw new Error(`the controller said: ${this.farm.controller.log}`, { cause });
      });
    const found = find();
    if (!found) throw new Error('a check that was there is gone');
    return found;
  }

  /** What `find` finds at GitHub, once it `holds`. */
  async said<T>(find: () => T | undefined, holds: (found: T) => boolean): Promise<T> {
    let found: T | undefined;
    await this.github.until('what was to be said', () => {
      found = find();
      return found !== undefined && holds(found);
    });
    if (found === undefined) throw new Error('what was said is gone');
    return found;
  }

  /** The newest check of that name, once it has ended. */
  async ended(sha: string, name: string): Promise<FakeCheck> {
    return await this.check(sha, name, ({ fields }) => fields.status === 'completed');
  }

  /** A workflow of the fork has ended for a commit, with these artifacts. Answers the id of its run. */
  async built(
    sha: string,
    artifacts: readonly Omit<FakeArtifact, 'id' | 'runId'>[],
  ): Promise<number> {
    const runId = newFakeId();
    for (const artifact of artifacts)
      this.repository.artifacts.push({ ...artifact, id: newFakeId(), runId });
    const run = {
      ...{ id: runId, run_attempt: 1, event: 'pull_request', head_sha: sha, name: 'firmware' },
      ...{ status: 'completed', conclusion: 'success', pull_requests: [] },
      html_url: `https://github.test/acme/firmware/actions/runs/${runId}`,
      head_repository: this.#fork,
    };
    const facts = { action: 'completed', workflow_run: run };
    await this.github.send('workflow-run-completed', this.repository, facts);
    return runId;
  }

  get #fork(): Json {
    const { json } = this.repository;
    return { ...json, id: this.repository.id + 500, fork: true };
  }

  #pull(number: number): FakePull {
    const pull = this.repository.pulls.get(number);
    if (!pull) throw new Error(`no pull request ${number}`);
    return pull;
  }
}
