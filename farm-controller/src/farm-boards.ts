import type { Inventory } from '@greenrack/board-inventory';
import { SYSTEM_TENANT } from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import { GoldenImages } from './health/golden-images.js';
import { HealthChecker } from './health/health-checker.js';
import { UsableBoards } from './schedule/usable-boards.js';
import type { BlobStore, Change, NewsFeed, QueuedRun, Store } from './store/ports.js';
import type { Clock } from './timing/clock.js';

export interface FarmBoardsDeps {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly inventory: Inventory;
  /** No other controller serves this farm. */
  readonly alone: boolean;
  readonly news: NewsFeed;
  /** There may be something to dispatch. */
  readonly wake: () => void;
  /** The run of a health check is committed. */
  readonly onQueued: (runs: readonly QueuedRun[]) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the farm knows of its boards, whoever serves them: which there are, which are usable, and which to examine. */
export class FarmBoards {
  readonly #deps: FarmBoardsDeps;
  readonly #usable = new UsableBoards();
  readonly #health: HealthChecker;

  constructor(deps: FarmBoardsDeps) {
    const { store, blobs, inventory, news, onQueued, clock, log } = deps;
    this.#deps = deps;
    this.#health = new HealthChecker({
      boards: store.boards,
      goldenImages: new GoldenImages({
        inventory,
        blobs,
        images: store.images,
      }),
      onChange: (change) => news.publish({ change }),
      ...{ onQueued, clock, log },
    });
  }

  /** Serials of boards that are online and trusted. */
  get usable(): ReadonlySet<string> {
    return this.#usable.serials;
  }

  /** Boards are known before their agents have come: whoever waits for one sees that it exists and is offline. */
  async open(): Promise<void> {
    const { inventory, alone } = this.#deps;
    if (alone) await this.#forgetAgents();
    await this.list([...inventory.racks.keys()]);
  }

  /** Tells the store which boards these agents have. */
  async list(agents: readonly string[]): Promise<void> {
    const { inventory, store, news, clock } = this.#deps;
    for (const agent of agents) {
      const boards = inventory.racks.get(agent) ?? [];
      news.publish({ change: await store.boards.sync(agent, boards, clock.now()) });
    }
    await this.lookForWork();
  }

  /** Takes note of what the news say. */
  changed(change: Change): void {
    // A run may have waited for the one that is gone, and take another now.
    if (this.#usable.note(change.boards)) this.#deps.wake();
    if (concernsHealth(change)) this.examine();
  }

  /** What the news may have missed: they are not told to those who are not there. */
  async look(): Promise<void> {
    await this.lookForWork();
    this.examine();
  }

  /** Answers whether other boards are usable than was known. */
  async lookForWork(): Promise<boolean> {
    const isNew = this.#usable.note(await this.#deps.store.boards.list());
    if (isNew) this.#deps.wake();
    return isNew;
  }

  /** There may be a suspect board to see to. */
  examine(): void {
    this.#health.request();
  }

  close(): Promise<void> {
    return this.#health.close();
  }

  /**
   * A controller that was killed has not seen its agents go, and they may be gone for good: until they say hello their
   * boards are offline. Where other controllers run, agents may be with them.
   */
  async #forgetAgents(): Promise<void> {
    const { inventory, store, news, clock } = this.#deps;
    for (const { name } of await store.agents.list()) {
      const cause = `agent ${name} has not come back since the controller started`;
      const why = { cause, nowMs: clock.now() };
      news.publish({ change: await store.boards.agentGone(name, why) });
      if (!inventory.racks.has(name))
        news.publish({ change: await store.boards.sync(name, [], clock.now()) });
    }
  }
}

/** Whether a board may have to be examined, or has been. */
function concernsHealth({ boards, submissions }: Change): boolean {
  return (
    boards.some((board) => board.health === 'suspect') ||
    submissions.some(({ tenant, state }) => tenant === SYSTEM_TENANT && state === 'finished')
  );
}
