import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { loadInventory, loadInventoryApart, missingGoldenImages } from '@greenrack/board-inventory';
import { LiveInventory } from './live-inventory.js';
import type { Clock } from './timing/clock.js';
import type { Logger } from './web/logger.js';

/** One save, copy or checkout is a burst of changes; the files are read when it is over. */
const SETTLE_MS = 500;
/** After the farm could not be brought in step, as when the database is away. */
const RETRY_MS = 2_000;
const FOLDERS = ['models', 'racks'];

export interface InventoryFilesDeps {
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Those whom a changed inventory concerns. */
export interface InventoryFollower {
  /** Brings the farm in step with what these agents serve now, and with all else that changed. */
  changed(agents: readonly string[]): Promise<void>;
  /** Whether the farm works with what the files say. */
  outcome(inStep: boolean): void;
}

/**
 * The files of the inventory: read at start, and again when they change or somebody says so. What cannot be read
 * changes nothing: the farm goes on with what it has, and says so.
 */
export class InventoryFiles {
  readonly inventory: LiveInventory;
  readonly #deps: InventoryFilesDeps;
  readonly #behind = new Set<string>();
  #follower: InventoryFollower | undefined;
  #watchers: FSWatcher[] = [];
  #stopWaiting: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #again = false;
  #closed = false;

  /** Watches, then reads: what is written meanwhile is read again. @throws FarmError `invalid_configuration` */
  constructor(deps: InventoryFilesDeps) {
    this.#deps = deps;
    this.#watch();
    try {
      this.inventory = new LiveInventory(loadInventory(deps.dir));
    } catch (error) {
      this.#unwatch();
      throw error;
    }
    for (const warning of missingGoldenImages(this.inventory)) deps.log.warn(warning);
  }

  /** From now on changes are carried out. */
  follow(follower: InventoryFollower): void {
    this.#follower = follower;
    follower.outcome(true);
    if (this.#again) this.reload();
  }

  /** Reads the files now. Calls during a reading lead to one more. */
  reload(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    if (this.#closed) return;
    if (this.#reading || !this.#follower) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#reading = this.#read(this.#follower).finally(() => {
      this.#reading = undefined;
      if (this.#again) this.reload();
    });
  }

  /** Stops; resolves when nothing is under way. Safe to call again. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    this.#stopWaiting?.();
    await this.#reading;
  }

  /** Never rejects. */
  async #read(follower: InventoryFollower): Promise<void> {
    const { dir, log } = this.#deps;
    try {
      // Folders may have been replaced by others of their name. Before reading, so that no change is missed.
      this.#watch();
      const { inventory, remarks } = await loadInventoryApart(dir);
      if (this.#closed) return;
      for (const remark of [...remarks, ...missingGoldenImages(inventory)]) log.warn(remark);
      for (const agent of this.inventory.replace(inventory)) this.#behind.add(agent);
      await this.#bringInStep(follower);
    } catch (error) {
      log.error(
        { err: error, dir },
        'the inventory was not read again; the farm keeps what it has',
      );
      follower.outcome(false);
    }
  }

  async #bringInStep(follower: InventoryFollower): Promise<void> {
    const { clock, log } = this.#deps;
    const agents = [...this.#behind];
    try {
      await follower.changed(agents);
    } catch (error) {
      this.#stopWaiting?.();
      if (!this.#closed) this.#stopWaiting = clock.after(RETRY_MS, () => this.reload());
      throw error;
    }
    this.#behind.clear();
    follower.outcome(true);
    const boards = this.inventory.boards.length;
    log.info({ boards, changedAgents: agents }, 'the inventory was read again');
  }

  #watch(): void {
    this.#unwatch();
    const { dir } = this.#deps;
    this.#watchOne(dir, (name) => name === null || FOLDERS.includes(name));
    for (const folder of FOLDERS) this.#watchOne(join(dir, folder), () => true);
  }

  #watchOne(path: string, concerns: (name: string | null) => boolean): void {
    const unseen = (err: unknown) =>
      this.#deps.log.warn({ err, path }, 'changes here go unseen: send SIGHUP after a change');
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => {
        if (concerns(name)) this.#touched();
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

  #touched(): void {
    this.#stopWaiting?.();
    if (!this.#closed) this.#stopWaiting = this.#deps.clock.after(SETTLE_MS, () => this.reload());
  }
}
