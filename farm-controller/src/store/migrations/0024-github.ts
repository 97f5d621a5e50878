import type { Migration } from '../migration.js';

/** What GitHub has told, and what it has been told. */
export const github: Migration = {
  version: 24,
  name: 'github',
  statements: [
    `create table github_deliveries (
       id text primary key, name text not null, event_json text, received_ms bigint not null)`,
    'create index github_deliveries_by_age on github_deliveries (received_ms)',
    `create table github_heads (
       id text primary key, installation_id bigint not null, repository_id bigint not null, owner text not null,
       name text not null, repository text not null, sha text not null, ref text not null, base_sha text,
       pull_request integer, fork integer not null, queued integer not null, state text not null, why text not null,
       tenant text not null, event_ms bigint not null, wait_until_ms bigint not null, received_ms bigint not null)`,
    'create unique index github_heads_by_sha on github_heads (repository_id, sha)',
    'create index github_heads_by_origin on github_heads (sha, repository)',
    `create index github_heads_open on github_heads (repository_id, pull_request) where state = 'open'`,
    `create table github_checks (
       id text primary key, head_id text not null references github_heads (id), name text not null,
       round integer not null, check_run_id bigint, tried integer not null, status text not null, digest text not null,
       sent_ms bigint not null, annotations integer not null, annotations_tried integer not null)`,
    'create unique index github_checks_by_name on github_checks (head_id, name, round)',
  ],
};
