import type { Migration } from '../migration.js';

/** What workflows of forks have built, and who has let it onto the boards. */
export const githubForks: Migration = {
  version: 40,
  name: 'github-forks',
  statements: [
    'alter table github_heads add column approved_by text',
    `create table github_artifacts (
       id text primary key, installation_id bigint not null, repository_id bigint not null, owner text not null,
       name text not null, sha text not null, run_id bigint not null, attempt integer not null, workflow text not null,
       url text not null, artifact_id bigint not null, artifact text not null, state text not null, why text not null)`,
    'create unique index github_artifacts_once on github_artifacts (repository_id, run_id, attempt, artifact_id)',
    'create index github_artifacts_of_commit on github_artifacts (repository_id, sha)',
  ],
};
