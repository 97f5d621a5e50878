import type {
  BoardSpec,
  BoardStatus,
  BoardTransition,
  BoardView,
  Health,
  RunState,
  Verdict,
} from '@greenrack/farm-protocol';
import type { Change, Page, PageRequest, QueuedRun } from './change-ports.js';
import type { NewSubmission } from './submission-ports.js';

/** A board that waits to be examined, is being examined, or has been. */
export interface SuspectBoard {
  readonly serial: string;
  readonly target: string;
  readonly model: string;
  /** The check of this suspicion; null while there is none. */
  readonly check: {
    readonly runId: string;
    readonly state: RunState;
    readonly verdict: Verdict | null;
    readonly message: string;
    /** Latest attempt; null when it never had one. */
    readonly attemptId: string | null;
  } | null;
}

/** Boards: what the inventory says of them, their state and its history. */
export interface BoardStore {
  /** Makes the farm know exactly these boards for this agent; boards gone from the inventory are kept for history, offline. */
  sync(agent: string, boards: readonly BoardSpec[], nowMs: number): Promise<Change>;
  /** Agent's findings: sets online/offline with the detail as cause. */
  report(agent: string, statuses: readonly BoardStatus[], nowMs: number): Promise<Change>;
  /**
   * The agent is not connected any more, and all its boards are offline. With `controllerId` nothing happens unless
   * it was connected to that controller: it may have gone over to another one meanwhile.
   */
  agentGone(
    agent: string,
    why: { cause: string; nowMs: number; controllerId?: string },
  ): Promise<Change>;
  /**
   * Agents of whom no controller has said in time that they are still connected: they and their boards are offline
   * from now on. Of several controllers, one succeeds for each agent.
   */
  agentsLapsed(nowMs: number): Promise<{ agents: string[]; change: Change }>;
  /**
   * Someone decides about a board: its faults are forgotten, and a health check that has not begun is cancelled unless
   * the board is to be suspect. What a check says that is under way does not count any more.
   */
  setHealth(
    serial: string,
    to: { health: Health; cause: string; actor: string; evidence?: string },
    nowMs: number,
  ): Promise<Change | undefined>;
  /** A board of the inventory, when it is suspect. What is next for it is a duty. */
  suspect(serial: string): Promise<SuspectBoard | undefined>;
  /**
   * Writes the health check of a suspect board, one run, queued. Undefined when the board is not suspect any more or
   * has its check already: of several controllers one succeeds.
   */
  beginCheck(
    serial: string,
    check: NewSubmission,
  ): Promise<{ change: Change; queued: QueuedRun[] } | undefined>;
  /**
   * Ends the suspicion whose check is `checkRunId` (null: it has none). Nothing happens when it has ended already, or
   * is another one by now.
   */
  endSuspicion(
    serial: string,
    checkRunId: string | null,
    to: {
      readonly health: 'good' | 'quarantined';
      readonly cause: string;
      readonly evidence?: string;
      readonly nowMs: number;
    },
  ): Promise<Change>;
  /** Also finds a board that is gone from the inventory. */
  get(serial: string): Promise<BoardView | undefined>;
  /** Boards of the inventory, by serial. */
  list(): Promise<BoardView[]>;
  /** Newest first. */
  history(serial: string, page: PageRequest): Promise<Page<BoardTransition>>;
}
