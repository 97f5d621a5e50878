import type { Migration } from '../migration.js';

/** A run may say whose time its board keeps. */
export const clock: Migration = {
  version: 8,
  name: 'clock',
  statements: ['alter table runs add column clock text'],
};
