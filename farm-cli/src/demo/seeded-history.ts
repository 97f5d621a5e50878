import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BoardView, submissionSpecSchema } from '@greenrack/farm-protocol';
import type { FarmClient } from '../client/farm-client.js';
import { hashFile, type PreparedSubmission, submitPrepared } from '../submission/prepared.js';
import { builtImage } from './built-image.js';
import { stampImage } from './stamped-image.js';

/** What is built in the history, and where it comes from. */
export const HISTORY = {
  image: 'rtos_switch.elf',
  repository: 'example.org/kernel',
  target: 'FVP_MPS2_M3',
  /** Where one instruction more has come into the change of threads. */
  slowFrom: 5,
} as const;

/** Commit number `n` of the history. */
export const historySha = (n: number): string =>
  createHash('sha1').update(`commit ${n}`).digest('hex');

const slower = (n: number): string =>
  n >= HISTORY.slowFrom ? 'rtos_switch_slow.elf' : HISTORY.image;

const COMMIT_EVERY_MS = 60_000;

export interface HistoryPlan {
  /** Existing folder, below which the images are written. */
  readonly dir: string;
  /** Where ours have been built. */
  readonly imageDir: string;
  /** The one board that runs them. */
  readonly board: BoardView['serial'];
  /** The branch. One that the farm has not seen before has no past. */
  readonly ref: string;
  /** When commit 0 was made. */
  readonly beganMs: number;
  /** Which of our images a commit is built as. Default: the slower one from {@link HISTORY.slowFrom} on. */
  readonly builtAs?: (n: number) => string;
}

/** A branch of an image, one of whose commits is slower by one instruction; its builds differ in their commit besides. */
export class SeededHistory {
  readonly #client: FarmClient;
  readonly #plan: HistoryPlan;

  constructor(client: FarmClient, plan: HistoryPlan) {
    this.#client = client;
    this.#plan = plan;
  }

  /** Has the build of a commit run. Returns the id of the submission. */
  async submit(n: number): Promise<string> {
    const { submission } = await submitPrepared(this.#client, await this.#prepared(n));
    return submission.id;
  }

  /** Leaves the build of a commit with the farm and calls its run off, as of one that nobody waited for. */
  async store(n: number): Promise<void> {
    await this.#client.cancelSubmission(await this.submit(n));
  }

  async #prepared(n: number): Promise<PreparedSubmission> {
    const { dir, imageDir, board, ref, beganMs, builtAs = slower } = this.#plan;
    const { image, target, repository } = HISTORY;
    const built = builtAs(n);
    const folder = join(dir, `commit-${n}`);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, image);
    stampImage(builtImage(imageDir, target, built), path, historySha(n));
    const commitMs = beganMs + n * COMMIT_EVERY_MS;
    const spec = submissionSpecSchema.parse({
      ...{ version: 1, name: `commit ${n}` },
      origin: { repository, ref, sha: historySha(n), commitMs },
      images: [{ name: image, ...(await hashFile(path)) }],
      runs: [{ image, target, board }],
    });
    return { spec, files: new Map([[image, path]]) };
  }
}
