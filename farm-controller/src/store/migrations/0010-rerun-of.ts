import type { Migration } from '../migrate.js';

/** A submission knows the one that it runs again. */
export const rerunOf: Migration = {
  version: 10,
  name: 'rerun-of',
  statements: ['alter table submissions add column rerun_of text'],
};
