import type { Migration } from '../migration.js';

/** Runs know which boards to avoid; boards keep count of their faults, and know the run that examines them. */
export const boardTrouble: Migration = {
  version: 5,
  name: 'board-trouble',
  statements: [
    'alter table runs add column avoid_json text',
    'alter table runs add column health_check integer not null default 0',
    `alter table boards add column faults_json text not null default '[]'`,
    'alter table boards add column check_run_id text',
    `alter table boards add column health_cause text not null default ''`,
    `update boards set health_cause = cause where health <> 'good'`,
    'create index runs_health_check on runs (submission_id) where health_check = 1',
    `create index boards_suspect on boards (serial) where health = 'suspect'`,
  ],
};
