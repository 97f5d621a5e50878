import type { Requirement } from '@greenrack/farm-protocol';
import type { Lane, QueuedRun } from '../store/ports.js';

/** A lane in which runs wait, as the scheduler sees it. */
export interface LaneSnapshot {
  readonly key: string;
  readonly lane: Lane;
  /** What a board needs to serve this lane; the same for all its runs. */
  readonly requirement: Requirement;
  /** What further boards of the same agent must be; see QueuedRun. */
  readonly partners?: readonly Requirement[];
  /** Boards that do not serve it while another can; see QueuedRun. */
  readonly avoid?: readonly string[];
  /** Its runs examine suspect boards. */
  readonly healthCheck?: boolean;
  /** Runs that nobody here has begun to take, at least 1. An estimate while several controllers share the work. */
  readonly waiting: number;
  /** Creation of the run that waits longest, in ms since the epoch. */
  readonly oldestMs: number;
}

/**
 * The work that waits, by lane. Redis carries it and may lose it: the database knows every queued run, so whoever
 * takes a run asks the store for the lease before believing it.
 */
export interface JobQueue {
  /**
   * Puts runs into their lanes; one that waits there already is left where it is.
   * Never rejects: what Redis cannot take now is added again from the database.
   */
  add(runs: readonly QueuedRun[], place?: 'front' | 'back'): Promise<void>;
  /**
   * Takes the next run of a lane; without waiting, and never the same run as another controller.
   * `undefined` when the lane is empty. Follow with {@link done} or {@link putBack}.
   * @throws FarmError `unavailable` while Redis cannot be reached
   */
  take(laneKey: string): Promise<string | undefined>;
  /** The run has its lease, or is gone: its job is finished. */
  done(laneKey: string, runId: string): void;
  /** The run could not be served: it is the lane's next again. */
  putBack(laneKey: string, runId: string): void;
  /** The run taken from `laneKey` is next in the lane that it names itself. */
  move(laneKey: string, run: QueuedRun): void;
  /** Lanes with work, in no order. */
  lanes(): LaneSnapshot[];
  /** Calls `listener` when a lane may have got work, here or by another controller. */
  onWork(listener: () => void): void;
  close(): Promise<void>;
}
