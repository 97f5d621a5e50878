import type { LaneView, QueueView, Requirement } from '@greenrack/farm-protocol';
import type { Page, PageRequest, QueuedRun } from './change-ports.js';
import type { FatePolicy } from './settlement-ports.js';

/** What a waiting run asks of a board. */
export interface BoardNeed {
  readonly requirement: Requirement;
  /** See {@link QueuedRun}. */
  readonly partners?: readonly Requirement[];
  /** See {@link QueuedRun}. */
  readonly avoid?: readonly string[];
  readonly healthCheck?: boolean;
}

/** Where a run waits. */
export interface QueuePlace extends BoardNeed {
  /** How many wait before it in its lane, plus one. */
  readonly position: number;
}

/** What decides about runs that found no board in time. */
export interface QueueExpiry {
  /** Explains per need. */
  readonly why: (need: BoardNeed) => string;
  /** Weighs what earlier attempts have said: a run that waits for another try keeps it. */
  readonly policy: FatePolicy;
}

/** What waits and what runs, in numbers. */
export interface QueueSummary {
  /** Lanes, the one whose first run waits longest first. */
  readonly lanes: readonly Omit<LaneView, 'waiting'>[];
  readonly moreLanes: number;
  readonly tenants: QueueView['tenants'];
}

/** Runs that wait. */
export interface QueueStore {
  /** Queued runs in lane order, oldest first, paged by run id: the queue is rebuilt from here. */
  queued(page: PageRequest): Promise<Page<QueuedRun>>;
  /** @param limit - of lanes; all are counted */
  summary(limit: number): Promise<QueueSummary>;
  /** Undefined when the run does not wait. */
  place(id: string): Promise<QueuePlace | undefined>;
  /** Median wall time of the latest finished runs with this image name and target; undefined without any. */
  typicalDurationMs(imageName: string, target: string): Promise<number | undefined>;
}
