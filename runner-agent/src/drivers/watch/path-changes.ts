import { type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { ChangeSource } from './until-found.js';

/**
 * Tells when something may have appeared at `path` or below it, or gone. Watches the path and the folder that it is in;
 * while these do not exist, the nearest folder above that does.
 */
export function pathChanges(path: string): ChangeSource {
  return {
    subscribe(listener) {
      const watches = new PathWatches(path, listener);
      return () => watches.close();
    },
  };
}

class PathWatches {
  readonly #path: string;
  readonly #listener: () => void;
  #watchers: FSWatcher[] = [];
  #isClosed = false;

  constructor(path: string, listener: () => void) {
    this.#path = path;
    this.#listener = listener;
    this.#arm();
  }

  close(): void {
    this.#isClosed = true;
    this.#disarm();
  }

  #changed(): void {
    if (this.#isClosed) return;
    // A folder that was replaced has a new inode: the old watch would stay silent.
    this.#disarm();
    this.#arm();
    this.#listener();
  }

  #disarm(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  #arm(): void {
    this.#tryWatch(this.#path);
    let dir = dirname(this.#path);
    while (!this.#tryWatch(dir) && dir !== dirname(dir)) dir = dirname(dir);
  }

  #tryWatch(path: string): boolean {
    try {
      const watcher = watch(path, () => this.#changed());
      watcher.on('error', () => this.#changed());
      this.#watchers.push(watcher);
      return true;
    } catch {
      // Not there (yet): a folder above is watched instead.
      return false;
    }
  }
}
