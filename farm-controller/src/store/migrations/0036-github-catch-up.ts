import type { Migration } from '../migration.js';

/** Until when the farm has heard of all that happened at GitHub. */
export const githubCatchUp: Migration = {
  version: 36,
  name: 'github-catch-up',
  statements: [
    'create table github_catch_up (app_id bigint primary key, heard_ms bigint not null)',
  ],
};
