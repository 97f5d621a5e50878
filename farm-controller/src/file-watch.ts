import { type FSWatcher, watch } from 'node:fs';
import type { Clock } from './timing/clock.js';
import type { Logger } from './web/logger.js';

/** One save, copy or checkout is a burst of changes; the files are read when it is over. */
const SETTLE_MS = 500;

export interface FileWatchDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** Changes have come, and for a moment no more. */
  readonly onSettled: () => void;
}

/** A folder, and which names in it are of concern; a name may be unknown. */
export interface WatchedFolder {
  readonly path: string;
  readonly concerns: (name: string | null) => boolean;
}

/** Files of an operator that may change while the farm runs. */
export class FileWatch {
  readonly #deps: FileWatchDeps;
  #watchers: FSWatcher[] = [];
  #stopWaiting: (() => void) | undefined;
  #closed = false;

  constructor(deps: FileWatchDeps) {
    this.#deps = deps;
  }

  /** Watches these instead of what was watched before: folders may have been replaced by others of their name. */
  watch(folders: readonly WatchedFolder[]): void {
    this.#unwatch();
    if (!this.#closed) for (const folder of folders) this.#watchOne(folder);
  }

  /** Has the files looked at in a while, whatever happens to them. */
  lookIn(delayMs: number): void {
    this.rest();
    if (this.#closed) return;
    const { clock, onSettled } = this.#deps;
    this.#stopWaiting = clock.after(delayMs, onSettled);
  }

  /** Forgets the changes that have come: the files are being read. */
  rest(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  close(): void {
    this.#closed = true;
    this.rest();
    this.#unwatch();
  }

  #watchOne({ path, concerns }: WatchedFolder): void {
    const unseen = (err: unknown) =>
      this.#deps.log.warn({ err, path }, 'changes here go unseen: send SIGHUP after a change');
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => {
        if (concerns(name)) this.lookIn(SETTLE_MS);
      });
      watcher.on('error', unseen);
      this.#watchers.push(watcher);
    } catch (error) {
      unseen(error);
    }
  }

  #unwatch(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}
