import type { CoverageDump } from './coverage-archive.js';
import type { CoverageCounts } from './coverage-counts.js';
import { readGcda } from './gcov-file.js';
import type { GcovInput, GcovRunner } from './gcov-runner.js';
import type { NotesIndex } from './notes-index.js';
import { Uncounted } from './uncounted.js';

/** Objects that one call of gcov takes: starting it costs more than a small object. */
const BATCH = 16;

/** A dump that was not counted, and why. */
export interface CoverageProblem {
  readonly path: string;
  readonly why: Uncounted;
}

interface Pending extends GcovInput {
  readonly path: string;
}

/** Counts the dumps of attempts, one attempt after the other. */
export class CoverageCollector {
  readonly #notes: NotesIndex;
  readonly #gcov: GcovRunner;
  readonly #counts: CoverageCounts;

  constructor(notes: NotesIndex, gcov: GcovRunner, counts: CoverageCounts) {
    this.#notes = notes;
    this.#gcov = gcov;
    this.#counts = counts;
  }

  /** Adds the dumps of one attempt. Resolves with how many were counted, and with those that were not. */
  async add(
    dumps: AsyncIterable<CoverageDump>,
  ): Promise<{ counted: number; problems: CoverageProblem[] }> {
    const problems: CoverageProblem[] = [];
    let [counted, batch]: [number, Pending[]] = [0, []];
    const flush = async () => {
      const failed = await this.#count(batch);
      counted += batch.length - failed.length;
      problems.push(...failed);
      batch = [];
    };
    for await (const dump of dumps) {
      const prepared = this.#prepare(dump);
      if ('why' in prepared) problems.push(prepared);
      else batch.push(prepared);
      if (batch.length === BATCH) await flush();
    }
    await flush();
    return { counted, problems };
  }

  #prepare({ path, data }: CoverageDump): Pending | CoverageProblem {
    try {
      if (!data) throw new Uncounted('lost', 'is damaged: bytes were lost on the console');
      return { path, data, notesFile: this.#notes.find(path, readGcda(data)) };
    } catch (error) {
      if (error instanceof Uncounted) return { path, why: error };
      throw error;
    }
  }

  async #count(batch: readonly Pending[]): Promise<CoverageProblem[]> {
    const results = await this.#gcov.run(batch);
    return results.flatMap((result, i) => {
      if (result instanceof Uncounted) return [{ path: batch[i]?.path ?? '', why: result }];
      for (const source of result.files) this.#counts.add(source);
      return [];
    });
  }
}
