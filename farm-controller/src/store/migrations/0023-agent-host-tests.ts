import type { Migration } from '../migration.js';

/** Names of the host tests that an agent has; null for one that has not said. */
export const agentHostTests: Migration = {
  version: 23,
  name: 'agent-host-tests',
  statements: ['alter table agents add column host_tests_json text'],
};
