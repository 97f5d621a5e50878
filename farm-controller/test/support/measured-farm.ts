import { createHash } from 'node:crypto';
import { type EventBody, FarmError, type Metric, type Origin } from '@greenrack/farm-protocol';
import type { Footprint } from '@greenrack/firmware';
import { ImageMeasurer } from '../../src/analyse/image-measurer.js';
import { ImagePursuit } from '../../src/analyse/image-pursuit.js';
import type { PlannedRuns } from '../../src/analyse/planned-runs.js';
import { Pursuit } from '../../src/analyse/pursuit.js';
import { type Base, SeriesAnalyst } from '../../src/analyse/series-analyst.js';
import type { Store } from '../../src/store/ports.js';
import { planSubmission } from '../../src/submit/plan-submission.js';
import { systemClock } from '../../src/timing/clock.js';
import { AGENT, batch, ending, granted, NOW, newSubmission, policy } from './store-fixtures.js';

/** What an image measures, by the name of its commit. */
export type Measures = (commit: string) => readonly Metric[];
export const NEVER = new AbortController().signal;
export const BOARD = 'b1';
export const REF = 'refs/heads/main';
export const REPOSITORY = 'example.org/os';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** The image of a commit, and the commit's own name, by a word for it. */
export const imageOf = (commit: string): string => sha256(`image ${commit}`);
export const shaOf = (commit: string): string => sha256(`commit ${commit}`).slice(0, 40);

/** A farm whose boards measure what a test says, with the analysis of one controller. */
export class MeasuredFarm {
  readonly clock = { ...systemClock, now: () => this.#nowMs };
  readonly bases: Base[] = [];
  readonly analyst: SeriesAnalyst;
  readonly pursuit: Pursuit;
  readonly measurer: ImageMeasurer;
  /** What an image takes, by the name of its commit. */
  sizes: ((commit: string) => { flash: number; ram: number }) | undefined;
  refusal: Error | undefined;
  readonly #commits = new Map<string, string>();
  #nowMs = NOW;

  constructor(
    readonly store: Store,
    readonly measures: Measures,
  ) {
    const { database } = store;
    const submit = (planned: PlannedRuns) => this.#submit(planned);
    const runBase = async (base: Base) => {
      if (this.refusal) throw this.refusal;
      this.bases.push(base);
    };
    this.analyst = new SeriesAnalyst({ database, clock: this.clock, runBase });
    const footprints = { read: (sha256: string) => this.#footprint(sha256) };
    const images = { database, clock: this.clock, footprints };
    this.measurer = new ImageMeasurer(images);
    this.pursuit = new Pursuit({
      ...{ database, clock: this.clock, submit },
      images: new ImagePursuit(images),
    });
  }

  /** Submits a build and, unless it is only to be stored, measures it. Answers its attempt. */
  async build(commit: string, more: { stored?: true; origin?: null } = {}) {
    const sha = imageOf(commit);
    this.#commits.set(sha, commit);
    const nowMs = ++this.#nowMs;
    await this.store.images.put({ sha256: sha, sizeBytes: 4, format: 'elf', segments: [] }, nowMs);
    const origin: Origin = {
      ...{ repository: REPOSITORY, ref: REF, sha: shaOf(commit) },
      commitMs: NOW - 1_000_000 + Number(commit.replace(/\D/g, '')) * 1000,
    };
    const plan = newSubmission({
      ...{ runs: 1, createdMs: nowMs, board: BOARD },
      ...(more.origin !== null && { origin }),
    });
    const runs = plan.runs.map((run) => ({ ...run, imageSha256: sha }));
    const { submission, runs: made } = await this.store.submissions.create({ ...plan, runs });
    if (more.stored) await this.store.submissions.cancel(submission.id, nowMs);
    else await this.#run(made[0]?.id ?? '', commit);
    return { submissionId: submission.id, runId: made[0]?.id ?? '' };
  }

  /** Does every analysis, step and run that is due, until nothing is. */
  async settle(): Promise<void> {
    for (let done = true; done; ) {
      done = await this.#duties('measureImages', async (id) => {
        await this.measurer.measure(id, NEVER);
        return undefined;
      });
      done = (await this.#duties('analyseAttempt', (id) => this.analyst.attempt(id))) || done;
      done = (await this.#duties('pursueChange', (id) => this.pursuit.pursue(id, NEVER))) || done;
      done = (await this.#queued()) || done;
    }
  }

  async #footprint(sha256: string): Promise<Footprint> {
    const size = this.sizes?.(this.#commits.get(sha256) ?? '');
    if (!size) throw new FarmError('image_unsupported', `${sha256} is no ELF file`);
    return { flashBytes: size.flash, ramBytes: size.ram, sections: [], symbols: [] };
  }

  async #queued(): Promise<boolean> {
    const { items } = await this.store.queue.queued({ limit: 1 });
    for (const { runId: id } of items) {
      const run = await this.store.runs.get(id);
      await this.#run(id, this.#commits.get(run?.imageSha256 ?? '') ?? '');
    }
    return items.length > 0;
  }

  async #duties(
    kind: 'analyseAttempt' | 'measureImages' | 'pursueChange',
    work: (subject: string) => Promise<number | undefined>,
  ): Promise<boolean> {
    const { duties } = this.store;
    const nowMs = NOW * 2;
    const claim = { owner: 'test', kind, nowMs, untilMs: nowMs + 1, limit: 8 };
    const claimed = await duties.claim(claim);
    for (const duty of claimed) {
      const againMs = await work(duty.subject);
      await duties.end(duty, 'test', { kind: 'done', ...(againMs !== undefined && { againMs }) });
    }
    return claimed.length > 0;
  }

  async #run(runId: string, commit: string): Promise<void> {
    const nowMs = ++this.#nowMs;
    const order = await granted(this.store, runId, BOARD, nowMs);
    const metrics = this.measures(commit).map((metric): EventBody => ({ type: 'metric', metric }));
    const bodies = [...metrics, ending('pass')];
    await this.store.attempts.append([batch(order, 1, bodies)], nowMs, policy);
  }

  async #submit({ spec, tenant, rerunOf, nowMs, commit }: PlannedRuns): Promise<void> {
    if (this.refusal) throw this.refusal;
    const images = new Map(
      spec.images.map(({ name, sha256: sha = '' }) => {
        const image = { sha256: sha, sizeBytes: 4, format: 'elf' as const, segments: [] };
        return [name, image];
      }),
    );
    const submitter = { name: 'analyse', tenant };
    await commit(await planSubmission(spec, images, { submitter, nowMs, rerunOf }));
  }

  /** Another version of the agent: what it measures cannot be compared with what the one before did. */
  async updateAgent(version: string): Promise<void> {
    const agent = { name: AGENT, version, host: 'h', controllerId: 'c' };
    await this.store.agents.connected(agent, { nowMs: NOW, untilMs: NOW + 1 });
  }
}
