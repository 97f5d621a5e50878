import type { Migration } from '../migrate.js';

/** Runs know which boards to avoid. */
export const boardTrouble: Migration = {
  version: 5,
  name: 'board-trouble',
  statements: ['alter table runs add column avoid_json text'],
};
