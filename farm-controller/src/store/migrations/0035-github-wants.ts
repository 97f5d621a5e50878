import type { Migration } from '../migration.js';

/** A commit lives for as long as something wants it, and a budget of writes is one for all controllers. */
export const githubWants: Migration = {
  version: 35,
  name: 'github-wants',
  statements: [
    'alter table github_heads add column ended_ms bigint',
    `create table github_wants (
       head_id text not null references github_heads (id), reason text not null, repository_id bigint not null,
       at_ms bigint not null, gone integer not null, primary key (head_id, reason))`,
    'create index github_wants_live on github_wants (repository_id, reason) where gone = 0',
    `insert into github_wants (head_id, reason, repository_id, at_ms, gone)
       select id, case when pull_request is null then ref else 'pull/' || pull_request end, repository_id, event_ms, 0
       from github_heads where state = 'open'`,
    `create table github_budgets (
       installation_id bigint primary key, not_before_ms bigint not null, failures integer not null)`,
    'create table github_writes (installation_id bigint not null, at_ms bigint not null)',
    'create index github_writes_by_time on github_writes (installation_id, at_ms)',
  ],
};
