import type { Migration } from '../migration.js';

/** A request that comes again because its answer got lost makes nothing anew. */
export const idempotencyKeys: Migration = {
  version: 14,
  name: 'idempotency-keys',
  statements: [
    `create table idempotency_keys (
       tenant text not null, request_key text not null, digest text not null, reference text not null,
       created_ms bigint not null, primary key (tenant, request_key))`,
    'create index idempotency_keys_created on idempotency_keys (created_ms)',
  ],
};
