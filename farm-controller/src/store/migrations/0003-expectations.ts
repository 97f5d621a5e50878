import type { Migration } from '../migration.js';

/** Runs know what is expected of them, keep the verdict that they gave, and may be tried again after a failure. */
export const expectations: Migration = {
  version: 3,
  name: 'expectations',
  statements: [
    `alter table runs add column expectation text not null default 'pass'`,
    'alter table runs add column raw_verdict text',
    'alter table runs add column retries integer not null default 0',
  ],
};
