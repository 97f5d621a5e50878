import type { Migration } from '../migration.js';

/** Submissions that are made again and again. */
export const schedules: Migration = {
  version: 18,
  name: 'schedules',
  statements: [
    `create table schedules (
       id text primary key, tenant text not null, name text not null, cron text not null, time_zone text not null,
       repository text not null, ref text not null, spec_json text not null, paused integer not null,
       deleted integer not null, next_ms bigint, last_submission_id text, created_by text not null,
       created_ms bigint not null)`,
    'create unique index schedules_name on schedules (tenant, name) where deleted = 0',
    `create table schedule_events (
       schedule_id text not null, seq integer not null, at_ms bigint not null, kind text not null, actor text not null,
       planned_ms bigint, missed integer not null, submission_id text, reason text not null,
       primary key (schedule_id, seq))`,
  ],
};
