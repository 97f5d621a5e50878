import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode, errorText } from '../error-text.js';
import { UsageError } from '../exit-code.js';
import { type GcovDocument, parseGcovJson } from './gcov-json.js';
import { Uncounted } from './uncounted.js';

/** How long one call may take, and what it may print: an object of 2000 functions takes 0.04 s and 0.6 MB. */
const CALL_MS = 60_000;
const MAX_PRINTED_BYTES = 256 * 1024 * 1024;
const OPTIONS = ['--json-format', '--stdout', '--branch-probabilities'];
/** What gcov says of a pair that is as it should be. */
const HARMLESS = /^no functions found$/;

/** The counters of one object with the notes that explain them. */
export interface GcovInput {
  readonly data: Buffer;
  readonly notesFile: string;
}

export interface GcovSettings {
  readonly gcov: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Runs gcov in a private folder, where nothing it could write hurts a build. */
export class GcovRunner {
  readonly #settings: GcovSettings;
  readonly #dir = mkdtempSync(join(tmpdir(), 'greenrack-gcov-'));

  constructor(settings: GcovSettings) {
    this.#settings = settings;
  }

  /**
   * One result per input: what gcov says of it, or why it cannot be counted.
   * @throws UsageError when gcov cannot be run, the reason of the signal
   */
  async run(inputs: readonly GcovInput[]): Promise<(GcovDocument | Uncounted)[]> {
    if (inputs.length === 0) return [];
    for (const [i, input] of inputs.entries()) this.#place(input, i);
    try {
      const { stdout, stderr } = await this.#call(inputs.map((_, i) => `${i}.gcda`));
      return results(inputs.length, stdout, stderr);
    } catch (error) {
      this.#settings.signal.throwIfAborted();
      if (error instanceof UsageError) throw error;
      if (inputs.length === 1)
        return [new Uncounted('foreign', `${this.#settings.gcov} fails: ${firstLine(error)}`)];
      // One bad object must not take the others with it.
      const half = Math.ceil(inputs.length / 2);
      return [...(await this.run(inputs.slice(0, half))), ...(await this.run(inputs.slice(half)))];
    }
  }

  close(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #place({ data, notesFile }: GcovInput, index: number): void {
    const notes = join(this.#dir, `${index}.gcno`);
    rmSync(notes, { force: true });
    symlinkSync(notesFile, notes);
    writeFileSync(join(this.#dir, `${index}.gcda`), data);
  }

  async #call(files: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const { gcov, env, signal } = this.#settings;
    return await new Promise((resolve, reject) => {
      const options = {
        cwd: this.#dir,
        // Its messages are read, and it has no use for our token.
        env: { ...env, LC_ALL: 'C', GREENRACK_TOKEN: undefined },
        timeout: CALL_MS,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_PRINTED_BYTES,
        signal,
      } as const;
      execFile(gcov, [...OPTIONS, ...files], options, (error, stdout, stderr) => {
        if (!error) resolve({ stdout, stderr });
        else if (/^E(NOENT|ACCES)$/.test(errorCode(error) ?? ''))
          reject(
            new UsageError(
              `cannot run ${gcov}: install it, or name the gcov of your compiler with --gcov`,
            ),
          );
        else
          reject(
            new Error(error.killed ? `no end after ${CALL_MS} ms` : stderr || errorText(error)),
          );
      });
    });
  }
}

function results(count: number, stdout: string, stderr: string): (GcovDocument | Uncounted)[] {
  const documents = new Map(parseGcovJson(stdout).map((each) => [each.data_file, each]));
  const complaints = complaintsOf(stderr);
  return Array.from({ length: count }, (_, i) => {
    const complaint = complaints.get(i);
    if (complaint !== undefined)
      return new Uncounted('foreign', `cannot be read by gcov: ${complaint}`);
    const document = documents.get(`${i}.gcda`);
    return (
      document ?? new Uncounted('foreign', 'gcov said nothing of it; it must be of GCC 9 or later')
    );
  });
}

/** gcov ends with 0 and counts nothing when a pair does not fit; only its first complaint of each says why. */
function complaintsOf(stderr: string): Map<number, string> {
  const complaints = new Map<number, string>();
  for (const [, index, text = ''] of stderr.matchAll(/^(\d+)\.gc(?:no|da):(.*)$/gm))
    if (!HARMLESS.test(text) && !complaints.has(Number(index))) complaints.set(Number(index), text);
  return complaints;
}

const firstLine = (error: unknown): string => errorText(error).split('\n', 1)[0] ?? '';
