import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../storage/missing.js';

/** Journals kept. The identifiers of attempts begin with their time: the first by name are the oldest. */
const MAX_KEPT = 10;

/** What a report that was refused for good leaves: what the controller has, and why it takes no more. */
export interface Refusal {
  readonly why: string;
  /** Number of the last event that it has. */
  readonly seq: number;
  /** Bytes of each stream that it has, or would take. */
  readonly streamBytes: ReadonlyMap<string, number>;
}

/** Journals that a controller refused, for whoever wants to know why: `refused-attempts/<attempt id>/`. */
export class RefusedAttempts {
  readonly #dir: string;

  constructor(stateDir: string) {
    this.#dir = join(stateDir, 'refused-attempts');
  }

  /** Moves a journal here and answers where it is; undefined when this attempt has been refused before. */
  async keep(dir: string, attemptId: string): Promise<string | undefined> {
    const kept = join(this.#dir, attemptId);
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    if (await exists(kept)) return undefined;
    await rename(dir, kept);
    const names = (await readdir(this.#dir)).sort();
    for (const name of names.slice(0, -MAX_KEPT))
      if (name !== attemptId) await rm(join(this.#dir, name), { recursive: true, force: true });
    return kept;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
