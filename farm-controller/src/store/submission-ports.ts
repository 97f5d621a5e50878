import type { Band, Origin, RunSpec, RunView, SubmissionView } from '@greenrack/farm-protocol';
import type { FollowUp, OnceRequest, Page, PageRequest, QueuedRun } from './change-ports.js';

/** A run of a new submission, as its spec and its image say. */
export interface NewRun {
  readonly id: string;
  readonly ordinal: number;
  readonly name: string;
  readonly imageName: string;
  readonly imageSha256: string;
  readonly requirementClass: string;
  readonly spec: RunSpec;
  /** Serials of boards that it runs on only where there is no other. */
  readonly avoid?: readonly string[];
  /** Default false. */
  readonly healthCheck?: boolean;
}

/** A submission that has passed every check and is to be committed whole. */
export interface NewSubmission {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly submitter: string;
  readonly band: Band;
  readonly origin?: Origin;
  /** The submission whose runs these are again. */
  readonly rerunOf?: string;
  /** The spec as submitted, for the record. */
  readonly specJson: string;
  readonly createdMs: number;
  readonly runs: readonly NewRun[];
  /** The farm runs it for itself: no quota of people counts it. Default false. */
  readonly ofFarm?: boolean;
  /** The request that makes it, when that may come again. */
  readonly once?: OnceRequest;
}

/** Answer to a cancellation. `running` must be told to their agents. */
export interface CancelOutcome extends FollowUp {
  readonly running: readonly { attemptId: string; agent: string; boardSerial: string }[];
}

/** Which commits; all that are given must hold. */
export interface OriginFilter {
  readonly repository?: string;
  /** In full, such as `refs/heads/main`. */
  readonly ref?: string;
  /** Or the first digits of it. */
  readonly sha?: string;
  readonly pullRequest?: number;
  /** Who submitted: one of these. */
  readonly tenant?: string | readonly string[];
}

/** A submission that has been written; `queued` is empty when an earlier request wrote it. */
export interface CreatedSubmission {
  readonly submission: SubmissionView;
  readonly runs: RunView[];
  readonly queued: QueuedRun[];
}

/** Submissions with their counters. */
export interface SubmissionStore {
  /**
   * Writes the submission and all its runs, queued. Their images must have been put before.
   * @throws FarmError `conflict` when the key of its request came with another one
   */
  create(submission: NewSubmission): Promise<CreatedSubmission>;
  /** Whether a request with that key has made something. */
  hasKey(tenant: string, key: string): Promise<boolean>;
  /** What such a request has made, as it is now. @throws FarmError `conflict`, `not_found` when it is gone */
  madeBy(request: OnceRequest): Promise<CreatedSubmission | undefined>;
  get(id: string): Promise<SubmissionView | undefined>;
  list(page: PageRequest, filter?: OriginFilter): Promise<Page<SubmissionView>>;
  /** The spec as it was submitted, in JSON. */
  specOf(id: string): Promise<string | undefined>;
  /** Queued runs end as `cancelled` at once; running ones are marked and listed. */
  cancel(id: string, nowMs: number): Promise<CancelOutcome | undefined>;
}
