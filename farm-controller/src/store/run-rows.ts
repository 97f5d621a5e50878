/* Rows of submissions and what became of them; what columns hold is said in schema.ts. */
import type {
  Band,
  CaseVerdict,
  EndReason,
  RunState,
  StreamKind,
  Verdict,
} from '@greenrack/farm-protocol';

export interface SubmissionRow {
  id: string;
  name: string;
  tenant: string;
  submitter: string;
  band: Band;
  state: 'active' | 'finished';
  cancelled: number;
  runs_total: number;
  runs_finished: number;
  runs_running: number;
  spec_json: string;
  /** The commit it was built from (`Origin`); what is looked for stands beside it. */
  origin_json: string | null;
  repository: string | null;
  ref: string | null;
  sha: string | null;
  pull_request: number | null;
  /** The submission whose runs are run again. */
  rerun_of: string | null;
  /** The farm runs it for itself. */
  of_farm: number;
  /** Whoever pinned it: the policy removes nothing of it. */
  pinned_by: string | null;
  /** Since when its events and streams are removed, or about to be. */
  events_removed_ms: number | null;
  consoles_removed_ms: number | null;
  traces_removed_ms: number | null;
  created_ms: number;
  finished_ms: number | null;
  revision: number;
}

/** How many runs of a submission ended with a verdict. */
export interface SubmissionVerdictRow {
  submission_id: string;
  verdict: Verdict;
  n: number;
}

export interface RunRow {
  id: string;
  submission_id: string;
  ordinal: number;
  name: string;
  image_name: string;
  image_sha256: string;
  /** All of it that is neither looked for nor changed (`RunSpec`). */
  spec_json: string;
  /** With the boards to avoid, once there are any. */
  requirement_class: string;
  /** Serials of boards that failed it too often; null for none. */
  avoid_json: string | null;
  /** It examines a suspect board. */
  health_check: number;
  /** Target of the requirement, for durations by image and target. */
  target: string;
  band: Band;
  tenant: string;
  /** Until when it may wait; counted afresh when a retry puts it back. */
  queue_deadline_ms: number;
  /** The verdict before the expectation was weighed in. */
  raw_verdict: Verdict | null;
  state: RunState;
  verdict: Verdict | null;
  reason: EndReason | null;
  message: string;
  /** Attempts begun so far. */
  attempts: number;
  board_serial: string | null;
  /** What that board was called then. */
  board_name: string | null;
  cases_done: number;
  cases_total: number | null;
  cancel_requested: number;
  created_ms: number;
  started_ms: number | null;
  finished_ms: number | null;
  revision: number;
}

export interface AttemptRow {
  id: string;
  run_id: string;
  number: number;
  lease_id: string;
  fence: number;
  board_serial: string;
  board_name: string | null;
  agent: string;
  state: 'running' | 'finished';
  /** The farm gave it up: whatever its agent still sends is refused. */
  abandoned: number;
  verdict: Verdict | null;
  reason: EndReason | null;
  message: string;
  started_ms: number;
  finished_ms: number | null;
  acked_seq: number;
  console_bytes: number;
  console_sha256: string | null;
  /** Rows in `cases`; the next case gets this ordinal. */
  cases_known: number;
  cases_done: number;
  /** The firmware has said which cases there are. */
  cases_listed: number;
  crash_json: string | null;
  assignment_json: string;
  /** Once it is over; null for health checks. */
  test_id: string | null;
}

export interface LeaseRow {
  id: string;
  attempt_id: string;
  board_serial: string;
  agent: string;
  fence: number;
  state: 'active' | 'released' | 'lost';
  granted_ms: number;
  expires_ms: number;
  ended_ms: number | null;
}

export interface EventRow {
  attempt_id: string;
  seq: number;
  at_us: number;
  body_json: string;
}

export interface AttemptStreamRow {
  attempt_id: string;
  name: string;
  kind: StreamKind | 'events';
  /** Of events only once they are stored. */
  bytes: number;
  sha256: string | null;
  /** In the artifact store; null while it is elsewhere. */
  stored_bytes: number | null;
}

export interface CaseRow {
  attempt_id: string;
  name: string;
  ordinal: number;
  verdict: CaseVerdict | null;
  duration_us: number | null;
  failures_json: string;
  /** Null for health checks. */
  test_id: string | null;
}

/** An image that runs of a submission use on boards beside their first. */
export interface PartnerImageRow {
  image_sha256: string;
  submission_id: string;
}
