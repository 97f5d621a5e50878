import type { Migration } from '../migration.js';

/** Runs may know what is expected of their single cases. */
export const caseExpectations: Migration = {
  version: 4,
  name: 'case expectations',
  statements: ['alter table runs add column case_expectations_json text'],
};
