import type { Migration } from '../migration.js';

/** Runs may say how their firmware wants to be talked to. */
export const runTiming: Migration = {
  version: 10,
  name: 'run-timing',
  statements: ['alter table runs add column timing_json text'],
};
