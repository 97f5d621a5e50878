import type { Migration } from '../migration.js';

/** Submissions know the commit that they were built from, runs how their image was built. */
export const origin: Migration = {
  version: 9,
  name: 'origin',
  statements: [
    'alter table submissions add column origin_json text',
    'alter table submissions add column repository text',
    'alter table submissions add column ref text',
    'alter table submissions add column sha text',
    'alter table submissions add column pull_request integer',
    'alter table runs add column build_json text',
    'create index submissions_by_ref on submissions (repository, ref, id) where sha is not null',
    'create index submissions_by_sha on submissions (sha, id) where sha is not null',
    `create index submissions_by_pull on submissions (repository, pull_request, id)
       where pull_request is not null`,
  ],
};
