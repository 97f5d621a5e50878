import type { Assignment } from '@greenrack/farm-protocol';
import type { Change, QueuedRun } from './change-ports.js';

/** Who wants which board for which run, and for how long. */
export interface LeaseRequest {
  readonly runId: string;
  readonly boardSerial: string;
  /** What the board is called, to be kept with the attempt. */
  readonly boardName?: string | undefined;
  /** Boards beside it for the run's partners, in their order: all of them or none. */
  readonly partners?: readonly { readonly serial: string }[];
  readonly agent: string;
  readonly ttlMs: number;
  readonly nowMs: number;
  readonly maxConsoleBytes: number;
}

/** What came of a {@link LeaseRequest}. */
export type LeaseGrant =
  | { readonly kind: 'granted'; readonly assignment: Assignment; readonly change: Change }
  /** The run is no longer queued (cancelled, expired, taken): forget it. */
  | { readonly kind: 'runGone' }
  /** Another lease holds the board, or it is offline or no longer trusted by now: put the run back. */
  | { readonly kind: 'boardTaken' }
  /** The board failed this run before and another one is usable: the run is to wait, in its own lane, for that one. */
  | { readonly kind: 'otherBoard'; readonly run: QueuedRun };

/** A lease as whoever holds it names it. */
export interface LeaseKey {
  readonly leaseId: string;
  readonly fence: number;
}

/** An attempt that has not ended, as reconciliation needs it. */
export interface OpenAttempt {
  readonly attemptId: string;
  readonly runId: string;
  readonly leaseId: string;
  readonly fence: number;
  readonly boardSerial: string;
  readonly agent: string;
  readonly ackedSeq: number;
  readonly leaseExpiresMs: number;
  readonly cancelRequested: boolean;
  /** The order as it was given, to give it again when the agent never got it. */
  readonly assignment: Assignment;
}
