import type { Inventory } from '@greenrack/board-inventory';
import { UsableBoards } from './schedule/usable-boards.js';
import type { Change, NewsFeed, Store } from './store/ports.js';
import type { Clock } from './timing/clock.js';

export interface FarmBoardsDeps {
  readonly store: Store;
  readonly inventory: Inventory;
  /** No other controller serves this farm. */
  readonly alone: boolean;
  readonly news: NewsFeed;
  /** There may be something to dispatch. */
  readonly wake: () => void;
  readonly clock: Clock;
}

/** What the farm knows of its boards, whoever serves them: which there are, and which are usable. */
export class FarmBoards {
  readonly #deps: FarmBoardsDeps;
  readonly #usable = new UsableBoards();

  constructor(deps: FarmBoardsDeps) {
    this.#deps = deps;
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
  }

  /** Answers whether other boards are usable than was known. */
  async lookForWork(): Promise<boolean> {
    const isNew = this.#usable.note(await this.#deps.store.boards.list());
    if (isNew) this.#deps.wake();
    return isNew;
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
