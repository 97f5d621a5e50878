import type {
  AttemptView,
  LaneView,
  QueueView,
  Requirement,
  RunDetail,
  RunState,
  RunView,
  Verdict,
} from '@greenrack/farm-protocol';
import type { FollowUp, Page, PageRequest, QueuedRun } from './change-ports.js';
import type { FatePolicy } from './settlement-ports.js';
import type { CancelOutcome, OriginFilter } from './submission-ports.js';

/** All that are given must hold. */
export interface RunFilter {
  readonly submissionId?: string;
  readonly state?: RunState;
  readonly verdict?: Verdict;
  readonly boardSerial?: string;
  readonly origin?: OriginFilter;
}

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

/** Runs, from queued to settled. */
export interface RunStore {
  get(id: string): Promise<RunView | undefined>;
  detail(id: string): Promise<Omit<RunDetail, 'waiting'> | undefined>;
  list(filter: RunFilter, page: PageRequest): Promise<Page<RunView>>;
  /** Runs of a submission, each with the attempt that gave its verdict, for reports; in ordinal order. */
  report(
    submissionId: string,
  ): AsyncIterable<{ readonly run: RunView; readonly attempts: readonly AttemptView[] }>;
  cancel(id: string, nowMs: number): Promise<CancelOutcome | undefined>;
  /** Queued runs in lane order, oldest first, paged by run id: the queue is rebuilt from here. */
  queued(page: PageRequest): Promise<Page<QueuedRun>>;
  /** @param limit - of lanes; all are counted */
  queueSummary(limit: number): Promise<QueueSummary>;
  /** Undefined when the run does not wait. */
  queuePlace(id: string): Promise<QueuePlace | undefined>;
  /** Median wall time of the latest finished runs with this image name and target; undefined without any. */
  typicalDurationMs(imageName: string, target: string): Promise<number | undefined>;
  /**
   * Ends queued runs of a submission whose queue deadline has passed: as `infra`, reason `noBoard`, unless an earlier
   * attempt has said what the policy keeps. `nextMs`: when the next of them is due.
   */
  expireQueued(
    submissionId: string,
    nowMs: number,
    expiry: QueueExpiry,
  ): Promise<{ ended: FollowUp; nextMs: number | undefined }>;
}
