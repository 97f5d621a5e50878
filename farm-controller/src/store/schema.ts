/*
 * The rows as they are in the database. Both databases keep whole numbers (times in wall-clock milliseconds), text and
 * floats only: flags are 0 or 1, structures are JSON text in columns that end in `_json`.
 */
import type { Verdict } from '@greenrack/farm-protocol';
import type {
  AuditRow,
  ImageRow,
  OidcTrustRow,
  OidcUsedRow,
  TenantRow,
  TokenRow,
} from './access-rows.js';
import type { ChangeMetricRow, ChangeRow, ChangeStepRow, SeriesStateRow } from './change-rows.js';
import type { DutyRow, IdempotencyKeyRow, ScheduleEventRow, ScheduleRow } from './duty-rows.js';
import type { AgentRow, BoardRow, BoardTransitionRow } from './fleet-rows.js';
import type {
  GithubArtifactRow,
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
  EnvironmentRow,
  MetricRow,
  PointRow,
  SeriesRow,
  TestRow,
} from './measurement-rows.js';
import type { NoticeRow, SubscriptionRow } from './notice-rows.js';
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

export type * from './access-rows.js';
export type * from './change-rows.js';
export type * from './duty-rows.js';
export type * from './fleet-rows.js';
export type * from './github-rows.js';
export type * from './measurement-rows.js';
export type * from './notice-rows.js';
export type * from './run-rows.js';
export type * from './upload-rows.js';

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
  github_artifacts: GithubArtifactRow;
  github_heads: GithubHeadRow;
  github_checks: GithubCheckRow;
  github_wants: GithubWantRow;
  github_catch_up: GithubCatchUpRow;
  github_policies: GithubPolicyRow;
  github_comments: GithubCommentRow;
  quarantined_cases: QuarantinedCaseRow;
  github_budgets: GithubBudgetRow;
  github_writes: GithubWriteRow;
  audit: AuditRow;
  subscriptions: SubscriptionRow;
  notices: NoticeRow;
  schema_migrations: MigrationRow;
  schema_fills: FillRow;
}
