/*
 * The rows as they are in the database. Both databases keep whole numbers (times in wall-clock milliseconds), text and
 * floats only: flags are 0 or 1, structures are JSON text in columns that end in `_json`.
 */
import type {
  Band,
  CaseVerdict,
  EndReason,
  Health,
  Metric,
  MetricKind,
  Role,
  RunState,
  ScheduleEvent,
  StreamKind,
  Verdict,
} from '@greenrack/farm-protocol';
import type { DutyKind } from './duty-ports.js';

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
  /** Whoever pinned it: the policy removes nothing of it. */
  pinned_by: string | null;
  /** Since when its events and streams are removed, or about to be. */
  logs_removed_ms: number | null;
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

/** A test, whatever is built in between: an image by its name, or a case of it. */
export interface TestRow {
  id: string;
  target: string;
  image_name: string;
  /** Empty for the image itself. */
  case_name: string;
  first_ms: number;
}

export interface MetricRow {
  attempt_id: string;
  /** Number of the event that brought it. */
  seq: number;
  name: string;
  value: number;
  unit: Metric['unit'];
  direction: Metric['direction'];
  case_name: string | null;
  kind: MetricKind | null;
  /** Why it is no point of a series. */
  refused: string | null;
}

/** A metric over builds: whose key is all that must not differ between its points. */
export interface SeriesRow {
  id: string;
  tenant: string;
  repository: string | null;
  target: string;
  image_name: string;
  /** Empty for a metric of the whole run. */
  case_name: string;
  metric: string;
  board_serial: string;
  toolchain: string | null;
  profile: string | null;
  configuration: string | null;
  instrument: string | null;
  unit: Metric['unit'];
  direction: Metric['direction'];
  kind: MetricKind;
  created_ms: number;
}

/** What one attempt measured; it outlives the attempt. */
export interface PointRow {
  series_id: string;
  attempt_id: string;
  run_id: string;
  at_ms: number;
  /** Median of the repeats. */
  value: number;
  repeats: number;
  /** Median of the repeats' distances from their median. */
  deviation: number;
  image_sha256: string;
  /** Empty when nobody said. */
  ref: string;
  sha: string | null;
  commit_ms: number | null;
  environment_id: string;
}

/** What was around the board when it was measured. */
export interface EnvironmentRow {
  id: string;
  facts_json: string;
  first_ms: number;
}

export interface BoardRow {
  serial: string;
  agent: string;
  spec_json: string;
  /** Gone from the inventory, kept for history. */
  removed: number;
  /** Its agent is away or finds it unusable. */
  offline: number;
  health: Health;
  /** Cause of the last change of `health`; `cause` is that of the last change of anything. */
  health_cause: string;
  cause: string;
  actor: string;
  since_ms: number;
  /** Grows with every lease. */
  fence: number;
  lease_id: string | null;
  /** What it runs (`BoardView.current`) while leased. */
  current_json: string | null;
  runs_finished: number;
  /** Faults in a row (`BoardFault[]`). */
  faults_json: string;
  /** The run that is to decide about the present suspicion. */
  check_run_id: string | null;
  /** Lines of its history. */
  transitions: number;
}

export interface BoardTransitionRow {
  serial: string;
  seq: number;
  at_ms: number;
  availability: 'idle' | 'leased' | 'offline';
  health: Health;
  cause: string;
  actor: string;
  evidence: string | null;
}

export interface ImageRow {
  sha256: string;
  size_bytes: number;
  format: 'elf' | 'hex' | 'bin' | 'uf2';
  target_name: string | null;
  segments_json: string;
  created_ms: number;
  /** Since when its bytes are removed, or about to be. */
  removed_ms: number | null;
}

export interface AgentRow {
  name: string;
  version: string;
  host: string;
  host_tests_json: string | null;
  controller_id: string;
  connected: number;
  since_ms: number;
  present_until_ms: number;
}

export interface TokenRow {
  id: string;
  name: string;
  role: Role;
  tenant: string;
  secret_hash: string;
  created_ms: number;
  expires_ms: number | null;
  revoked_ms: number | null;
}

export interface DutyRow {
  id: string;
  kind: DutyKind;
  subject: string;
  due_ms: number;
  owner: string | null;
  owner_until_ms: number | null;
  /** Failures in a row. */
  tries: number;
  last_error: string | null;
  dead: number;
  /** Grows whenever somebody asks for it. */
  revision: number;
  created_ms: number;
}

export interface ScheduleRow {
  id: string;
  tenant: string;
  name: string;
  cron: string;
  time_zone: string;
  repository: string;
  ref: string;
  spec_json: string;
  paused: number;
  /** Kept for its history. */
  deleted: number;
  /** When it is due next; whoever submits for that time moves it on. */
  next_ms: number | null;
  last_submission_id: string | null;
  created_by: string;
  created_ms: number;
}

export interface ScheduleEventRow {
  schedule_id: string;
  seq: number;
  at_ms: number;
  kind: ScheduleEvent['kind'];
  actor: string;
  planned_ms: number | null;
  missed: number;
  submission_id: string | null;
  reason: string;
}

/** What a request with an idempotency key has made. */
export interface IdempotencyKeyRow {
  tenant: string;
  request_key: string;
  /** Of all that was asked for. */
  digest: string;
  /** Id of what it made. */
  reference: string;
  created_ms: number;
}

/** A delivery of GitHub: kept so that the same one means nothing when it comes again. */
export interface GithubDeliveryRow {
  id: string;
  name: string;
  /** What it means for the farm (`GithubEvent`); null when it means nothing. */
  event_json: string | null;
  received_ms: number;
}

/** A commit that GitHub has told of. */
export interface GithubHeadRow {
  id: string;
  installation_id: number;
  repository_id: number;
  owner: string;
  name: string;
  /** As submissions name it: host and path. */
  repository: string;
  sha: string;
  ref: string;
  base_sha: string | null;
  pull_request: number | null;
  /** It comes from another repository. */
  fork: number;
  /** It is in a merge queue. */
  queued: number;
  state: 'open' | 'superseded' | 'closed';
  /** Why it is no longer wanted. */
  why: string;
  /** Whose submissions count. */
  tenant: string;
  /** When it happened at GitHub: the newest commit of a pull request is the one that counts. */
  event_ms: number;
  /** Until when it waits for images. */
  wait_until_ms: number;
  received_ms: number;
}

/** A check at GitHub, as it was written there last. */
export interface GithubCheckRow {
  /** GitHub has it as the check's external id. */
  id: string;
  head_id: string;
  name: string;
  /** What has ended is never opened again: there is a new one, of the next round. */
  round: number;
  check_run_id: number | null;
  /** Its making has begun: when its id is not known, GitHub may have it all the same. */
  tried: number;
  status: string;
  /** Of all that was said last. */
  digest: string;
  sent_ms: number;
  /** Annotations that are there, and that were sent: in between, GitHub knows. */
  annotations: number;
  annotations_tried: number;
}

export interface MigrationRow {
  version: number;
  name: string;
  applied_ms: number;
}

/** How many runs of the farm ended with a verdict: the sum of the shards. */
export interface VerdictTotalRow {
  verdict: Verdict;
  shard: number;
  n: number;
}

/** How far a migration is that goes through many rows; gone when it is done. */
export interface FillRow {
  version: number;
  /** Key of the last row that was seen to. */
  position: string;
  rows_done: number;
  rows_total: number;
}

/** An image that runs of a submission use on boards beside their first. */
export interface PartnerImageRow {
  image_sha256: string;
  submission_id: string;
}

/** Every table, by name. */
export interface FarmTables {
  submissions: SubmissionRow;
  submission_verdicts: SubmissionVerdictRow;
  verdict_totals: VerdictTotalRow;
  runs: RunRow;
  attempts: AttemptRow;
  leases: LeaseRow;
  attempt_streams: AttemptStreamRow;
  events: EventRow;
  cases: CaseRow;
  tests: TestRow;
  metrics: MetricRow;
  series: SeriesRow;
  points: PointRow;
  environments: EnvironmentRow;
  boards: BoardRow;
  board_transitions: BoardTransitionRow;
  images: ImageRow;
  partner_images: PartnerImageRow;
  agents: AgentRow;
  tokens: TokenRow;
  duties: DutyRow;
  idempotency_keys: IdempotencyKeyRow;
  schedules: ScheduleRow;
  schedule_events: ScheduleEventRow;
  github_deliveries: GithubDeliveryRow;
  github_heads: GithubHeadRow;
  github_checks: GithubCheckRow;
  schema_migrations: MigrationRow;
  schema_fills: FillRow;
}
