import type { BoardView } from '@greenrack/farm-protocol';

interface Revised {
  readonly id: string;
  readonly revision: number;
}

/**
 * Merges views into a map and keeps whichever revision is larger, so that live events and a snapshot may arrive in any
 * order. Returns the same map when nothing is newer.
 */
export function keepLarger<T extends Revised>(
  known: ReadonlyMap<string, T>,
  views: readonly T[],
): ReadonlyMap<string, T> {
  const newer = views.filter((view) => (known.get(view.id)?.revision ?? -1) < view.revision);
  if (newer.length === 0) return known;
  const merged = new Map(known);
  for (const view of newer) {
    const have = merged.get(view.id);
    if (!have || have.revision < view.revision) merged.set(view.id, view);
  }
  return merged;
}

/** Whether `next` may replace `known`. Boards carry no revision: their state's age orders them, then their run count. */
export function boardIsNewer(known: BoardView, next: BoardView): boolean {
  if (next.sinceMs !== known.sinceMs) return next.sinceMs > known.sinceMs;
  return next.runsFinished >= known.runsFinished;
}

/** Merges boards by serial; a board that is older than what is known changes nothing. */
export function mergeBoards(
  known: ReadonlyMap<string, BoardView>,
  views: readonly BoardView[],
): ReadonlyMap<string, BoardView> {
  const merged = new Map(known);
  let changed = false;
  for (const view of views) {
    const have = merged.get(view.serial);
    if (have && !boardIsNewer(have, view)) continue;
    merged.set(view.serial, view);
    changed = true;
  }
  return changed ? merged : known;
}

/**
 * Takes a complete snapshot of boards: boards that it lacks are gone from the inventory, unless a live event named
 * them after the snapshot was asked for (`touched`).
 */
export function replaceBoards(
  known: ReadonlyMap<string, BoardView>,
  snapshot: readonly BoardView[],
  touched: ReadonlySet<string>,
): ReadonlyMap<string, BoardView> {
  const listed = new Set(snapshot.map((board) => board.serial));
  const kept = [...known].filter(([serial]) => listed.has(serial) || touched.has(serial));
  return mergeBoards(new Map(kept), snapshot);
}
