import type { Migration } from '../migration.js';

/** Who wants to be told of what, and what is told. */
export const notices: Migration = {
  version: 45,
  name: 'notices',
  statements: [
    `create table subscriptions (
       id text primary key, tenant text not null, terms_json text not null, sealed_target text not null,
       created_ms bigint not null)`,
    'create index subscriptions_of_tenant on subscriptions (tenant, id)',
    `create table notices (
       id text primary key, subscription_id text not null references subscriptions (id) on delete cascade,
       event text not null, body_json text not null, created_ms bigint not null, message_id text, sent_ms bigint,
       error_json text)`,
    'create unique index notices_once on notices (subscription_id, event)',
    `create index notices_waiting on notices (subscription_id, id)
       where sent_ms is null and error_json is null`,
  ],
};
