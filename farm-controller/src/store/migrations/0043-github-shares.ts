import type { Migration } from '../migration.js';

/**
 * Which repository wrote: none takes all that its installation may. What was refused to whoever pressed a button. Tokens of
 * people apart from the sessions of workflows, of which there are many more.
 */
export const githubShares: Migration = {
  version: 43,
  name: 'github-shares',
  statements: [
    'alter table github_writes add column repository_id bigint not null default 0',
    `create index github_heads_of_installation on github_heads (installation_id, repository_id) where state = 'open'`,
    'create index github_heads_received on github_heads (received_ms)',
    `create index github_heads_by_base on github_heads (base_sha) where state = 'open'`,
    'create index changes_of_commit on changes (bad_sha)',
    'alter table github_heads add column refused text',
    'create index tokens_of_people on tokens (id) where trust_id is null',
    'create index tokens_of_workflows on tokens (id) where trust_id is not null',
  ],
};
