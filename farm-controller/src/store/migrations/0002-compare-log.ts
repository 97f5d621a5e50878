import type { Migration } from '../migration.js';

/** Runs of images that speak no greentea keep the lines that their console must show. */
export const compareLog: Migration = {
  version: 2,
  name: 'compare-log',
  statements: ['alter table runs add column compare_log_json text'],
};
