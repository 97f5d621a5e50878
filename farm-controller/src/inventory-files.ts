import { join } from 'node:path';
import { loadInventory, loadInventoryApart, missingGoldenImages } from '@greenrack/board-inventory';
import { FileWatch } from './file-watch.js';
import { LiveInventory } from './live-inventory.js';
import type { Clock } from './timing/clock.js';
import type { Logger } from './web/logger.js';

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
  readonly #watch: FileWatch;
  readonly #behind = new Set<string>();
  #follower: InventoryFollower | undefined;
  #reading: Promise<void> | undefined;
  #again = false;
  #closed = false;

  /** Watches, then reads: what is written meanwhile is read again. @throws FarmError `invalid_configuration` */
  constructor(deps: InventoryFilesDeps) {
    this.#deps = deps;
    this.#watch = new FileWatch({ ...deps, onSettled: () => this.reload() });
    this.#look();
    try {
      this.inventory = new LiveInventory(loadInventory(deps.dir));
    } catch (error) {
      this.#watch.close();
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
    this.#watch.rest();
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
    this.#watch.close();
    await this.#reading;
  }

  /** Never rejects. */
  async #read(follower: InventoryFollower): Promise<void> {
    const { dir, log } = this.#deps;
    try {
      // Folders may have been replaced by others of their name. Before reading, so that no change is missed.
      this.#look();
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
    const { log } = this.#deps;
    const agents = [...this.#behind];
    try {
      await follower.changed(agents);
    } catch (error) {
      this.#watch.lookIn(RETRY_MS);
      throw error;
    }
    this.#behind.clear();
    follower.outcome(true);
    const boards = this.inventory.boards.length;
    log.info({ boards, changedAgents: agents }, 'the inventory was read again');
  }

  #look(): void {
    const { dir } = this.#deps;
    const all = () => true;
    this.#watch.watch([
      { path: dir, concerns: (name) => name === null || FOLDERS.includes(name) },
      ...FOLDERS.map((folder) => ({ path: join(dir, folder), concerns: all })),
    ]);
  }
}
