import type { SubmissionSpec } from '@greenrack/farm-protocol';
import type { CreatedSubmission, NewSubmission } from '../store/ports.js';

/** Runs that the farm makes by itself, in the name of the tenant whom they serve. */
export interface PlannedRuns {
  readonly spec: SubmissionSpec;
  readonly tenant: string;
  /** The submission whose image it is. */
  readonly rerunOf: string;
  readonly nowMs: number;
  /** Writes them, unless it turns out that they are not wanted any more. */
  readonly commit: (plan: NewSubmission) => Promise<CreatedSubmission | undefined>;
}
