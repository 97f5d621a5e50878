import type { Migration } from '../migration.js';

/** What is known of series, and the shifts in them. Changes outlive the runs that showed them: no foreign keys to those. */
export const changes: Migration = {
  version: 37,
  name: 'changes',
  statements: [
    'create index points_of_attempt on points (attempt_id)',
    `create table series_states (
       series_id text not null references series (id), ref text not null, state text not null, profile text not null,
       kind text not null, environment_id text not null, image_sha256 text not null, value double precision not null,
       builds integer not null, spread double precision not null, false_alarms integer not null,
       calm_builds integer not null, gates integer not null, changed_ms bigint not null, revision integer not null,
       primary key (series_id, ref))`,
    `create table changes (
       id text primary key, tenant text not null, repository text, ref text not null, target text not null,
       image_name text not null, board_serial text not null, effect text not null, state text not null,
       work text not null, waiting integer not null, missing text, good_sha256 text not null, good_sha text,
       bad_sha256 text not null, bad_sha text, exact integer not null, assignee text, reason text, actor text,
       undoes text, returns text, found_ms bigint not null, changed_ms bigint not null)`,
    'create index changes_by_time on changes (found_ms, id)',
    'create index changes_of_image on changes (image_name, target, board_serial, found_ms)',
    `create index changes_waiting on changes (tenant, changed_ms) where waiting = 1`,
    `create table change_metrics (
       change_id text not null references changes (id), series_id text not null, kind text not null,
       effect text not null, before_value double precision not null, after_value double precision not null,
       p double precision not null, good_sha256 text not null, bad_sha256 text not null, outcome text, shift double precision, primary key (change_id, series_id))`,
    'create index change_metrics_of_series on change_metrics (series_id, change_id)',
    `create table change_steps (
       change_id text not null references changes (id), seq integer not null, kind text not null,
       submission_id text not null, good_sha256 text not null, good_sha text, bad_sha256 text not null, bad_sha text,
       sides text not null, outcome text, primary key (change_id, seq))`,
    'create unique index change_steps_of_submission on change_steps (submission_id)',
    'create index change_steps_open on change_steps (change_id) where outcome is null',
  ],
};
