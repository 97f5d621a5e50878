import type { HostTest } from '@greenrack/farm-protocol';
import { messageOf } from '../deadline.js';
import { HostTestUnknownError } from '../host-test/host-test-runner.js';
import { unknownHostTest } from '../host-test/unknown-host-test.js';
import type { Logger } from '../logger.js';
import type { HostTestRegistry } from '../session/session-types.js';
import { MAX_NAME_CHARS } from './child-messages.js';
import { type HostTestPlace, listHostTests } from './list-host-tests.js';
import { PythonHostTestSession } from './python-host-test-session.js';
import { trustedFiles } from './trusted-files.js';

export interface PythonHostTestSettings {
  /** Interpreter: a name in PATH or an absolute path. */
  readonly python: string;
  /** Absolute paths; in the first ones a name counts first. */
  readonly folders: readonly string[];
  readonly builtIn: HostTestRegistry;
  readonly log: Logger;
}

/**
 * The host tests of this version, and those that the lab has installed in its folders. What is in the folders is looked
 * at when the agent starts, and once more by each run that asks for a name which was not there.
 */
export class PythonHostTests implements HostTestRegistry {
  readonly #settings: PythonHostTestSettings;
  readonly #closing = new AbortController();
  #places: ReadonlyMap<string, HostTestPlace> = new Map();
  #listing: Promise<void> | undefined;
  /** What the operator has been told already. */
  #told: ReadonlySet<string> = new Set();

  constructor(settings: PythonHostTestSettings) {
    this.#settings = settings;
    void this.#list();
  }

  /** Those in Python are looked for when a run begins: one that is not there ends it as unknown. */
  get(name: string): HostTest | undefined {
    const { builtIn, python } = this.#settings;
    if (name.length > MAX_NAME_CHARS) return undefined;
    const start: HostTest['start'] = (context) =>
      new PythonHostTestSession(context, python, () => this.#find(name));
    return builtIn.get(name) ?? { name, start };
  }

  keys(): Iterable<string> {
    return new Set([...this.#settings.builtIn.keys(), ...this.#places.keys()]);
  }

  /** Resolves when no process lists host tests any more. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the agent is stopping'));
    await this.#listing;
  }

  async #find(name: string): Promise<HostTestPlace> {
    // A list that is being made may have been begun before the file was there, so it is not the last word.
    if (!this.#places.has(name)) await this.#listing;
    if (!this.#places.has(name)) await this.#list();
    const place = this.#places.get(name);
    if (place) return place;
    throw new HostTestUnknownError(unknownHostTest(name, this.keys()));
  }

  /** Never rejects: what goes wrong is for the operator. */
  async #list(): Promise<void> {
    this.#listing ??= this.#listNow().finally(() => {
      this.#listing = undefined;
    });
    await this.#listing;
  }

  async #listNow(): Promise<void> {
    const warnings: string[] = [];
    const { python, log } = this.#settings;
    try {
      const files = await this.#files(warnings);
      const { found, problems } = await listHostTests({ python }, files, this.#closing.signal);
      this.#places = this.#named(found, warnings);
      log.info({ hostTests: [...this.#places.keys()] }, 'Python host tests');
      warnings.push(...problems.map((problem) => `host test not usable: ${problem}`));
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      log.error(
        `Python host tests cannot be run: ${messageOf(error)}. Install Python 3.9 or later ` +
          '(Debian: apt-get install python3) or correct GREENRACK_PYTHON.',
      );
    }
    this.#warn(warnings);
  }

  async #files(warnings: string[]): Promise<string[]> {
    const files: string[] = [];
    for (const folder of this.#settings.folders)
      try {
        files.push(...(await trustedFiles(folder, process.getuid?.() ?? 0)));
      } catch (error) {
        warnings.push(`host tests in ${folder} are not used: ${messageOf(error)}`);
      }
    return files;
  }

  #named(found: readonly HostTestPlace[], warnings: string[]): Map<string, HostTestPlace> {
    const places = new Map<string, HostTestPlace>();
    for (const place of found) {
      const { name, file, attribute } = place;
      const first = places.get(name);
      const what = `host test ${name} of class ${attribute} in ${file} is not used`;
      if (this.#settings.builtIn.get(name))
        warnings.push(`${what}: this version brings ${name} along`);
      else if (first) warnings.push(`${what}: ${first.attribute} in ${first.file} has that name`);
      else places.set(name, place);
    }
    return places;
  }

  /** Says again only what has become right in between. */
  #warn(warnings: readonly string[]): void {
    for (const text of warnings) if (!this.#told.has(text)) this.#settings.log.warn(text);
    this.#told = new Set(warnings);
  }
}
