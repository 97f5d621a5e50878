import type { Migration } from '../migration.js';

const TABLES = [
  `create table submissions (
     id text primary key, name text not null, tenant text not null, submitter text not null, band text not null,
     state text not null, cancelled integer not null, runs_total integer not null, runs_finished integer not null,
     runs_running integer not null, spec_json text not null, created_ms bigint not null, finished_ms bigint,
     revision bigint not null)`,
  `create table submission_verdicts (
     submission_id text not null references submissions (id), verdict text not null, n integer not null,
     primary key (submission_id, verdict))`,
  `create table images (
     sha256 text primary key, size_bytes bigint not null, format text not null, target_name text,
     segments_json text not null, created_ms bigint not null)`,
  `create table runs (
     id text primary key, submission_id text not null references submissions (id), ordinal integer not null,
     name text not null, image_name text not null, image_sha256 text not null references images (sha256),
     requirement_json text not null, requirement_class text not null, target text not null, band text not null,
     tenant text not null, timeout_ms bigint not null, queue_timeout_ms bigint not null,
     queue_deadline_ms bigint not null, max_attempts integer not null, host_test text, state text not null,
     verdict text, reason text, message text not null, attempts integer not null, board_serial text,
     cases_done integer not null, cases_total integer, cancel_requested integer not null, created_ms bigint not null,
     started_ms bigint, finished_ms bigint, revision bigint not null)`,
  `create table boards (
     serial text primary key, agent text not null, spec_json text not null, removed integer not null,
     offline integer not null, health text not null, cause text not null, actor text not null,
     since_ms bigint not null, fence bigint not null, lease_id text, current_json text,
     runs_finished bigint not null, transitions bigint not null)`,
  `create table board_transitions (
     serial text not null references boards (serial), seq bigint not null, at_ms bigint not null,
     availability text not null, health text not null, cause text not null, actor text not null, evidence text,
     primary key (serial, seq))`,
  `create table attempts (
     id text primary key, run_id text not null references runs (id), number integer not null,
     lease_id text not null, fence bigint not null, board_serial text not null, agent text not null,
     state text not null, abandoned integer not null, verdict text, reason text, message text not null,
     started_ms bigint not null, finished_ms bigint, acked_seq bigint not null, console_bytes bigint not null,
     console_sha256 text, cases_known integer not null, cases_done integer not null, cases_listed integer not null,
     crash_json text, assignment_json text not null, unique (run_id, number))`,
  `create table leases (
     id text primary key, attempt_id text not null references attempts (id),
     board_serial text not null references boards (serial), agent text not null, fence bigint not null,
     state text not null, granted_ms bigint not null, expires_ms bigint not null, ended_ms bigint,
     unique (board_serial, fence))`,
  `create table events (
     attempt_id text not null references attempts (id), seq bigint not null, at_us bigint not null,
     body_json text not null, primary key (attempt_id, seq))`,
  `create table cases (
     attempt_id text not null references attempts (id), name text not null, ordinal integer not null, verdict text,
     duration_us bigint, failures_json text not null, primary key (attempt_id, name))`,
  `create table metrics (
     attempt_id text not null references attempts (id), seq bigint not null, name text not null,
     value double precision not null, unit text not null, direction text not null, case_name text,
     primary key (attempt_id, seq))`,
  `create table agents (
     name text primary key, version text not null, host text not null, controller_id text not null,
     connected integer not null, since_ms bigint not null)`,
  `create table tokens (
     id text primary key, name text not null, role text not null, tenant text not null,
     secret_hash text not null unique, created_ms bigint not null, expires_ms bigint, revoked_ms bigint)`,
];

const INDEXES = [
  // Two leases can never hold one board, whatever the code above does.
  `create unique index leases_one_active_per_board on leases (board_serial) where state = 'active'`,
  `create index leases_active_expiry on leases (expires_ms) where state = 'active'`,
  `create index leases_active_agent on leases (agent) where state = 'active'`,
  `create unique index runs_of_submission on runs (submission_id, ordinal)`,
  `create index runs_lane on runs (requirement_class, band, tenant, id) where state = 'queued'`,
  `create index runs_queued on runs (id) where state = 'queued'`,
  `create index runs_queue_deadline on runs (queue_deadline_ms) where state = 'queued'`,
  `create index runs_running on runs (id) where state = 'running'`,
  `create index runs_by_verdict on runs (verdict, id) where state = 'finished'`,
  `create index runs_by_board on runs (board_serial, id) where board_serial is not null`,
  `create index runs_duration on runs (image_name, target, finished_ms) where state = 'finished'`,
  `create index attempts_running on attempts (agent) where state = 'running'`,
  `create index boards_of_agent on boards (agent)`,
  `create unique index tokens_active_name on tokens (name) where revoked_ms is null`,
];

/** The tables of the first release. Plain SQL that both databases read alike. */
export const initial: Migration = {
  version: 1,
  name: 'initial',
  statements: [...TABLES, ...INDEXES],
};
