import type { Migration } from '../migration.js';

/** A run says what the board was called that it ran on, also when the board has another name by now. */
export const boardNames: Migration = {
  version: 11,
  name: 'board-names',
  statements: [
    'alter table runs add column board_name text',
    'alter table attempts add column board_name text',
  ],
};
