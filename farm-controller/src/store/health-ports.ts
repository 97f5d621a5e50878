import type { Health, RunState, Verdict } from '@greenrack/farm-protocol';
import type { Change, QueuedRun } from './change-ports.js';
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

/** The trust in boards: what people decide, and what health checks find. */
export interface HealthStore {
  /**
   * Someone decides about a board: its faults are forgotten, and a health check that has not begun is cancelled unless
   * the board is to be suspect. What a check says that is under way does not count any more.
   */
  set(
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
}
