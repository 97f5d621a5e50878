import type { Migration } from '../migration.js';

/** Sessions of workflows, in exchange for their OIDC tokens. */
export const oidc: Migration = {
  version: 33,
  name: 'oidc',
  statements: [
    'alter table tokens add column trust_id text',
    'alter table tokens add column bound_to text',
    'alter table tokens add column bound_json text',
    'create index tokens_of_repository on tokens (bound_to, expires_ms) where bound_to is not null',
    'create index tokens_by_end on tokens (expires_ms) where bound_to is not null',
    `create table oidc_trusts (
       id text primary key, name text not null, issuer text not null, owner_id bigint not null,
       repository_id bigint, terms_json text not null, created_ms bigint not null)`,
    'create unique index oidc_trusts_by_name on oidc_trusts (name)',
    'create index oidc_trusts_by_owner on oidc_trusts (owner_id)',
    'create table oidc_used (digest text primary key, until_ms bigint not null)',
    'create index oidc_used_by_end on oidc_used (until_ms)',
  ],
};
