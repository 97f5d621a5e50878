import type { Inventory } from '@greenrack/board-inventory';
import type { FarmEvents } from './farm-events.js';
import { ScheduleIndex } from './schedule/schedule.js';
import { UsableBoards } from './schedule/usable-boards.js';
import type { Change, Store } from './store/ports.js';
import type { Clock } from './timing/clock.js';

export interface FarmBoardsDeps {
  readonly store: Store;
  readonly inventory: Inventory;
  /** No other controller serves this farm. */
  readonly alone: boolean;
  readonly on: Pick<FarmEvents, 'viewsChanged' | 'workFound'>;
  readonly clock: Clock;
}

/** What the farm knows of its boards, whoever serves them: which there are, and which are usable. */
export class FarmBoards {
  readonly #deps: FarmBoardsDeps;
  readonly #usable = new UsableBoards();
  #index: ScheduleIndex;

  constructor(deps: FarmBoardsDeps) {
    this.#deps = deps;
    this.#index = indexOf(deps.inventory);
  }

  /** All boards of the inventory, for the scheduler. */
  get index(): ScheduleIndex {
    return this.#index;
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

  /** Tells scheduler and store which boards these agents have. */
  async list(agents: readonly string[]): Promise<void> {
    const { inventory, store, on, clock } = this.#deps;
    this.#index = indexOf(inventory);
    for (const agent of agents) {
      const boards = inventory.racks.get(agent) ?? [];
      on.viewsChanged(await store.boards.sync(agent, boards, clock.now()));
    }
    await this.lookForWork();
  }

  /** Takes note of what the news say. */
  changed(change: Change): void {
    // A run may have waited for the one that is gone, and take another now.
    if (this.#usable.note(change.boards)) this.#deps.on.workFound();
  }

  /** Answers whether other boards are usable than was known. */
  async lookForWork(): Promise<boolean> {
    const isNew = this.#usable.note(await this.#deps.store.boards.list());
    if (isNew) this.#deps.on.workFound();
    return isNew;
  }

  /**
   * A controller that was killed has not seen its agents go, and they may be gone for good: until they say hello their
   * boards are offline. Where other controllers run, agents may be with them.
   */
  async #forgetAgents(): Promise<void> {
    const { inventory, store, on, clock } = this.#deps;
    for (const { name } of await store.agents.list()) {
      const cause = `agent ${name} has not come back since the controller started`;
      const why = { cause, nowMs: clock.now() };
      on.viewsChanged(await store.agents.gone(name, why));
      if (!inventory.racks.has(name))
        on.viewsChanged(await store.boards.sync(name, [], clock.now()));
    }
  }
}

const indexOf = ({ boards, racks }: Inventory) => new ScheduleIndex(boards, racks);
