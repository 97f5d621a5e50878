import { basename, dirname } from 'node:path';
import type { RetentionPolicy } from '@greenrack/farm-protocol';
import { FileWatch } from './file-watch.js';
import { DEFAULT_POLICY, readPolicy } from './retention/policy.js';
import type { Clock } from './timing/clock.js';
import type { Logger } from './web/logger.js';

export interface RetentionFileDeps {
  /** None: the defaults hold. */
  readonly path?: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The file that says what is kept: read at start, and again when it changes. One with a fault changes nothing. */
export class RetentionFile {
  readonly #deps: RetentionFileDeps;
  readonly #watch: FileWatch;
  #policy: RetentionPolicy;
  #onChange: () => void = () => undefined;

  /** Watches, then reads: what is written meanwhile is read again. @throws FarmError `invalid_configuration` */
  constructor(deps: RetentionFileDeps) {
    this.#deps = deps;
    this.#watch = new FileWatch({ ...deps, onSettled: () => this.reload() });
    this.#look();
    try {
      this.#policy = deps.path === undefined ? DEFAULT_POLICY : readPolicy(deps.path);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** What is kept, as the file was when it was last found sound. */
  get policy(): RetentionPolicy {
    return this.#policy;
  }

  /** Has `listener` told when the policy is another one. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  reload(): void {
    const { path, log } = this.#deps;
    if (path === undefined) return;
    this.#look();
    try {
      const next = readPolicy(path);
      if (JSON.stringify(next) === JSON.stringify(this.#policy)) return;
      this.#policy = next;
      log.info({ path, policy: next }, 'what is kept was read again');
      this.#onChange();
    } catch (err) {
      log.error({ err, path }, 'what is kept was not read again; the farm keeps to what it had');
    }
  }

  close(): void {
    this.#watch.close();
  }

  #look(): void {
    const { path } = this.#deps;
    if (path === undefined) return;
    this.#watch.rest();
    const concerns = (name: string | null) => name === null || name === basename(path);
    this.#watch.watch([{ path: dirname(path), concerns }]);
  }
}
