import type { Migration } from '../migration.js';

/** Who told the farm to do what. Ids begin with their time, so the newest are found without a further index. */
export const audit: Migration = {
  version: 52,
  name: 'audit',
  statements: [
    `create table audit (
       id text primary key, at_ms bigint not null, actor text not null, role text not null, tenant text not null,
       token_id text, action text not null, subject text not null, detail text not null, outcome text)`,
  ],
};
