import type {
  Band,
  BoardView,
  Requirement,
  RunView,
  SubmissionView,
} from '@greenrack/farm-protocol';

/** A lane: one Bull queue. Runs of a lane can be served by the same boards and are due at the same time. */
export interface Lane {
  readonly requirementClass: string;
  readonly band: Band;
  readonly tenant: string;
}

/** A run that waits. Everything the queue and the scheduler need to know of it. */
export interface QueuedRun {
  readonly runId: string;
  readonly lane: Lane;
  readonly requirement: Requirement;
  /** What further boards of the same agent must be, which it needs at the same time. */
  readonly partners?: readonly Requirement[];
  /**
   * Serials of boards on which the infrastructure failed it too often. They do not take it while another board that
   * meets the requirement is usable. The same for all runs of a lane.
   */
  readonly avoid?: readonly string[];
  /** It examines a suspect board; such boards take nothing else, and it takes no other board. Default false. */
  readonly healthCheck?: boolean;
  /** Since when it waits: its creation, kept over retries. */
  readonly createdMs: number;
}

/** Views that a transaction changed, for live events. */
export interface Change {
  readonly submissions: readonly SubmissionView[];
  readonly runs: readonly RunView[];
  readonly boards: readonly BoardView[];
}

/** What a transaction left to do: runs to put (back) into their lanes, boards that are free again. */
export interface FollowUp {
  readonly change: Change;
  readonly requeued: readonly QueuedRun[];
  readonly freedBoards: readonly string[];
  /** Ids of attempts that are over now. */
  readonly endedAttempts: readonly string[];
}

/** A request that is carried out once, however often it comes. */
export interface OnceRequest {
  readonly tenant: string;
  /** As its sender named it; unique in the tenant. */
  readonly key: string;
  /** Of all that is asked for, as SHA-256. */
  readonly digest: string;
}

/** Part of a list; `nextCursor` asks for the part after it and is null at the end. */
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/** Which part of a list; without a cursor the first. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}
