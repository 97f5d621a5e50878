import type { Migration } from '../migration.js';

/** Until when the farm has heard of all that happened at GitHub, and what repositories say of their checks. */
export const githubCatchUp: Migration = {
  version: 36,
  name: 'github-catch-up',
  statements: [
    'create table github_catch_up (app_id bigint primary key, heard_ms bigint not null)',
    'alter table github_heads add column plan_json text',
    `create table github_policies (
       repository_id bigint not null, blob_sha text not null, policy_json text, fault text, used_ms bigint not null,
       primary key (repository_id, blob_sha))`,
    `create table github_comments (
       id text primary key, repository_id bigint not null, pull_request integer not null, comment_id bigint,
       tried integer not null, digest text not null, created_ms bigint not null)`,
    'create unique index github_comments_by_pull on github_comments (repository_id, pull_request)',
    `create table quarantined_cases (
       id text primary key, tenant text not null, place text not null, owner_json text not null, entry_json text not null,
       created_ms bigint not null, until_ms bigint not null)`,
    'create unique index quarantined_cases_by_place on quarantined_cases (tenant, place)',
    `create index github_policies_good on github_policies (repository_id, used_ms) where fault is null`,
    `create index github_heads_of_tenant on github_heads (tenant, received_ms) where state = 'open'`,
    'create index github_heads_by_age on github_heads (repository_id, received_ms)',
  ],
};
