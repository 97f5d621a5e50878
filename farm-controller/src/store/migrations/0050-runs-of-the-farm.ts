import type { Migration } from '../migration.js';

/** What the farm runs by itself is no part of anybody's quota; runs that wait are counted by their submissions. */
export const runsOfTheFarm: Migration = {
  version: 50,
  name: 'runs-of-the-farm',
  statements: [
    'alter table submissions add column of_farm integer not null default 0',
    `update submissions set of_farm = 1
       where id in (select submission_id from change_steps) or id in (select submission_id from runs where health_check = 1)`,
    'drop index runs_queued_of_tenant',
    `create index submissions_waiting on submissions (tenant) where state = 'active' and of_farm = 0`,
  ],
};
