import type { Migration } from '../migration.js';

/** What a tenant has is counted, and may be bounded. */
export const quotas: Migration = {
  version: 31,
  name: 'quotas',
  statements: [
    'alter table images add column tenant text',
    'create index images_of_tenant on images (tenant) where removed_ms is null',
    `update images set tenant =
       (select r.tenant from runs r where r.image_sha256 = images.sha256 order by r.id limit 1)`,
    `create table tenants (
       tenant text primary key, log_bytes bigint not null, max_bytes bigint, max_queued_runs bigint)`,
    `insert into tenants (tenant, log_bytes)
       select r.tenant, sum(s.stored_bytes) from attempt_streams s
         join attempts a on a.id = s.attempt_id join runs r on r.id = a.run_id
         where s.stored_bytes is not null group by r.tenant`,
    "create index runs_queued_of_tenant on runs (tenant) where state = 'queued'",
  ],
};
