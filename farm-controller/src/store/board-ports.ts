import type { BoardSpec, BoardStatus, BoardTransition, BoardView } from '@greenrack/farm-protocol';
import type { Change, Page, PageRequest } from './change-ports.js';

/** Boards: what the inventory says of them, their state and its history. */
export interface BoardStore {
  /** Makes the farm know exactly these boards for this agent; boards gone from the inventory are kept for history, offline. */
  sync(agent: string, boards: readonly BoardSpec[], nowMs: number): Promise<Change>;
  /** Agent's findings: sets online/offline with the detail as cause. */
  report(agent: string, statuses: readonly BoardStatus[], nowMs: number): Promise<Change>;
  /** Also finds a board that is gone from the inventory. */
  get(serial: string): Promise<BoardView | undefined>;
  /** Boards of the inventory, by serial. */
  list(): Promise<BoardView[]>;
  /** Newest first. */
  history(serial: string, page: PageRequest): Promise<Page<BoardTransition>>;
}
