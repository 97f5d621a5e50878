import type { Migration } from '../migration.js';

/** A submission knows the one that it runs again. */
export const rerunOf: Migration = {
  version: 12,
  name: 'rerun-of',
  statements: ['alter table submissions add column rerun_of text'],
};
