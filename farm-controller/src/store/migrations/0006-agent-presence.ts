import type { Migration } from '../migration.js';

/** A controller says until when its agents are here: those of one that has died are missed then. */
export const agentPresence: Migration = {
  version: 6,
  name: 'agent-presence',
  statements: ['alter table agents add column present_until_ms bigint not null default 0'],
};
