import type { BoardView } from '@greenrack/farm-protocol';

/**
 * Which boards of the whole farm are online and in good health, also those of other controllers. Made of views that
 * may come in any order; boards that left the inventory are offline.
 */
export class UsableBoards {
  readonly #sinceMs = new Map<string, number>();
  readonly #serials = new Set<string>();

  get serials(): ReadonlySet<string> {
    return this.#serials;
  }

  /** Answers whether it changes anything. */
  note(boards: readonly BoardView[]): boolean {
    let changed = false;
    for (const board of boards) changed = this.#noteOne(board) || changed;
    return changed;
  }

  #noteOne({ serial, sinceMs, availability, health }: BoardView): boolean {
    if ((this.#sinceMs.get(serial) ?? 0) > sinceMs) return false;
    this.#sinceMs.set(serial, sinceMs);
    const isUsable = availability !== 'offline' && health === 'good';
    if (isUsable === this.#serials.has(serial)) return false;
    if (isUsable) this.#serials.add(serial);
    else this.#serials.delete(serial);
    return true;
  }
}
