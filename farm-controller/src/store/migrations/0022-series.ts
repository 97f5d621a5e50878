import type { Migration } from '../migration.js';

/**
 * Metrics over builds. Points name the attempts and runs that they come from, and outlive them: no foreign key.
 */
export const series: Migration = {
  version: 22,
  name: 'series',
  statements: [
    'alter table metrics add column kind text',
    'alter table metrics add column refused text',
    `create table series (
       id text primary key, tenant text not null, repository text, target text not null, image_name text not null,
       case_name text not null, metric text not null, board_serial text not null, toolchain text, profile text,
       configuration text, instrument text, unit text not null, direction text not null, kind text not null,
       created_ms bigint not null)`,
    'create index series_by_name on series (target, image_name, case_name, metric, id)',
    `create table points (
       series_id text not null references series (id), attempt_id text not null, run_id text not null,
       at_ms bigint not null, value double precision not null, repeats integer not null,
       deviation double precision not null, image_sha256 text not null, ref text not null, sha text,
       commit_ms bigint, environment_id text not null, primary key (series_id, attempt_id))`,
    'create index points_of_ref on points (series_id, ref, attempt_id)',
    `create table environments (
       id text primary key, facts_json text not null, first_ms bigint not null)`,
  ],
};
