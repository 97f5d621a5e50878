/*
 * The rows as they are in the database. Both databases keep whole numbers (times in wall-clock milliseconds), text and
 * floats only: flags are 0 or 1, structures are JSON text in columns that end in `_json`.
 */
import type {
  Health,
  ImageFormat,
  Metric,
  MetricKind,
  Role,
  ScheduleEvent,
  Verdict,
} from '@greenrack/farm-protocol';
import type { ChangeMetricRow, ChangeRow, ChangeStepRow, SeriesStateRow } from './change-rows.js';
import type { DutyKind } from './duty-ports.js';
import type {
  GithubBudgetRow,
  GithubCatchUpRow,
  GithubCheckRow,
  GithubCommentRow,
  GithubDeliveryRow,
  GithubHeadRow,
  GithubPolicyRow,
  GithubWantRow,
  GithubWriteRow,
  QuarantinedCaseRow,
} from './github-rows.js';
import type {
  AttemptRow,
  AttemptStreamRow,
  CaseRow,
  EventRow,
  LeaseRow,
  PartnerImageRow,
  RunRow,
  SubmissionRow,
  SubmissionVerdictRow,
} from './run-rows.js';
import type { UploadPieceRow, UploadRow } from './upload-rows.js';

export type * from './change-rows.js';
export type * from './github-rows.js';
export type * from './run-rows.js';
export type * from './upload-rows.js';

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
  format: ImageFormat;
  target_name: string | null;
  segments_json: string;
  created_ms: number;
  /** Since when its bytes are removed, or about to be. */
  removed_ms: number | null;
  /** Whoever brought it; null for what the farm has brought itself. */
  tenant: string | null;
}

/** What a tenant has and may have; one without a row has no logs and no quota. */
export interface TenantRow {
  tenant: string;
  /** Of its streams in the artifact store. */
  log_bytes: number;
  max_bytes: number | null;
  max_queued_runs: number | null;
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
  /** Of a session of a workflow: by which trust, of which repository (issuer and id), for which commit (`BoundOrigin`). */
  trust_id: string | null;
  bound_to: string | null;
  bound_json: string | null;
}

/** Which workflows get sessions. */
export interface OidcTrustRow {
  id: string;
  name: string;
  issuer: string;
  owner_id: number;
  repository_id: number | null;
  /** The rest of it (`OidcTrustView`). */
  terms_json: string;
  created_ms: number;
}

/** A token of a workflow that has been exchanged: never again. */
export interface OidcUsedRow {
  /** SHA-256 of its issuer and id. */
  digest: string;
  /** It may be forgotten then. */
  until_ms: number;
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
  series_states: SeriesStateRow;
  changes: ChangeRow;
  change_metrics: ChangeMetricRow;
  change_steps: ChangeStepRow;
  boards: BoardRow;
  board_transitions: BoardTransitionRow;
  images: ImageRow;
  partner_images: PartnerImageRow;
  tenants: TenantRow;
  uploads: UploadRow;
  upload_pieces: UploadPieceRow;
  agents: AgentRow;
  tokens: TokenRow;
  duties: DutyRow;
  idempotency_keys: IdempotencyKeyRow;
  schedules: ScheduleRow;
  schedule_events: ScheduleEventRow;
  oidc_trusts: OidcTrustRow;
  oidc_used: OidcUsedRow;
  github_deliveries: GithubDeliveryRow;
  github_heads: GithubHeadRow;
  github_checks: GithubCheckRow;
  github_wants: GithubWantRow;
  github_catch_up: GithubCatchUpRow;
  github_policies: GithubPolicyRow;
  github_comments: GithubCommentRow;
  quarantined_cases: QuarantinedCaseRow;
  github_budgets: GithubBudgetRow;
  github_writes: GithubWriteRow;
  schema_migrations: MigrationRow;
  schema_fills: FillRow;
}
