import type { Inventory } from '@greenrack/board-inventory';
import type { BoardSpec } from '@greenrack/farm-protocol';

/** The inventory as its files were when they were last found sound. Whoever keeps it sees what they say now. */
export class LiveInventory implements Inventory {
  #current: Inventory;

  constructor(first: Inventory) {
    this.#current = first;
  }

  get racks(): Inventory['racks'] {
    return this.#current.racks;
  }

  get boards(): Inventory['boards'] {
    return this.#current.boards;
  }

  get models(): Inventory['models'] {
    return this.#current.models;
  }

  get targets(): Inventory['targets'] {
    return this.#current.targets;
  }

  get goldenImages(): Inventory['goldenImages'] {
    return this.#current.goldenImages;
  }

  /**
   * Answers the agents whose boards are others now. One whose rack is gone keeps a rack without boards as long as this
   * process lives: refused, it could not report the runs that it has.
   */
  replace(next: Inventory): string[] {
    const before = this.#current.racks;
    const emptied = [...before.keys()].map((agent) => [agent, []] as const);
    const racks = new Map<string, readonly BoardSpec[]>([...emptied, ...next.racks]);
    this.#current = { ...next, racks };
    const text = (boards: readonly BoardSpec[] | undefined) => JSON.stringify(boards);
    return [...racks].flatMap(([agent, boards]) =>
      text(before.get(agent)) === text(boards) ? [] : [agent],
    );
  }
}
