import { messageOf, unlessAborted, within } from '../deadline.js';
import { type ListAnswer, listAnswerSchema } from './child-messages.js';
import { PythonChild } from './python-child.js';

/** A file that takes longer to import is given up. */
const IMPORT_MS = 15_000;

export interface ListSettings {
  readonly python: string;
  /** How long one file may take, in ms; default 15 s. */
  readonly importMs?: number;
}

/** Where a host test is. */
export interface HostTestPlace {
  readonly name: string;
  readonly file: string;
  /** Name of its class in the file. */
  readonly attribute: string;
}

export interface HostTestListing {
  readonly found: readonly HostTestPlace[];
  /** Files that hold nothing usable, and why: one text each. */
  readonly problems: readonly string[];
}

/**
 * Imports files one after the other and lists their host tests. One that is broken, hangs or ends its process hides no
 * other. @throws Error when Python itself cannot be run, or the reason of `signal`
 */
export async function listHostTests(
  settings: ListSettings,
  files: readonly string[],
  signal: AbortSignal,
): Promise<HostTestListing> {
  const found: HostTestPlace[] = [];
  const problems: string[] = [];
  for (let rest = files; rest.length > 0; ) {
    const list = new List(settings, rest);
    const culprit = await list.read(signal);
    found.push(...list.found);
    problems.push(...list.problems);
    rest = culprit === undefined ? [] : rest.slice(rest.indexOf(culprit) + 1);
  }
  return { found, problems };
}

/** What one process lists. */
class List {
  readonly found: HostTestPlace[] = [];
  readonly problems: string[] = [];
  #loading: string | undefined;
  #isWhole = false;

  constructor(
    private readonly settings: ListSettings,
    private readonly files: readonly string[],
  ) {}

  /** Resolves with the file after which there is more to list, if the process did not survive it. */
  async read(signal: AbortSignal): Promise<string | undefined> {
    signal.throwIfAborted();
    const child = new PythonChild(this.settings.python);
    child.order({ type: 'list', files: this.files });
    const ended = await this.#readAll(child, signal).catch(messageOf);
    await child.kill();
    signal.throwIfAborted();
    if (this.#isWhole) return undefined;
    const why = `${ended}${child.lastWords === '' ? '' : `: ${child.lastWords}`}`;
    if (this.#loading === undefined) throw new Error(why);
    this.problems.push(`${this.#loading}: importing it failed: ${why}`);
    return this.#loading;
  }

  /** Resolves with how the process ended. */
  async #readAll(child: PythonChild, signal: AbortSignal): Promise<string> {
    const { importMs = IMPORT_MS } = this.settings;
    const inTime = async <T>(what: string, work: Promise<T>): Promise<T> =>
      await unlessAborted(signal, within(importMs, what, work));
    const answers = child.answers(listAnswerSchema);
    for (;;) {
      const { done, value } = await inTime('the next of its host tests', answers.next());
      if (done) return await inTime('the end of a process that closed its output', child.exited);
      this.#take(value);
    }
  }

  #take(answer: ListAnswer): void {
    if (answer.type === 'listed') this.#isWhole = true;
    else if (answer.type === 'loading') this.#loading = this.#known(answer.file);
    else if (answer.type === 'problem') this.problems.push(`${answer.file}: ${answer.text}`);
    else {
      const { name, file, attribute } = answer;
      this.found.push({ name, file: this.#known(file), attribute });
    }
  }

  #known(file: string): string {
    if (!this.files.includes(file))
      throw new Error(`it listed ${file}, which it was not asked for`);
    return file;
  }
}
