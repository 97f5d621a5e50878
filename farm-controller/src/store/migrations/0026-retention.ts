import type { Migration } from '../migration.js';

/** What has been removed says so, and what must not be removed as well. */
export const retention: Migration = {
  version: 26,
  name: 'retention',
  statements: [
    'alter table submissions add column pinned_by text',
    'alter table submissions add column logs_removed_ms bigint',
    'alter table images add column removed_ms bigint',
    `create index submissions_with_logs on submissions (finished_ms)
       where logs_removed_ms is null and pinned_by is null`,
    'create index runs_of_image on runs (image_sha256)',
    // What runs use beside the image that their own row names.
    `create table partner_images (
       image_sha256 text not null, submission_id text not null, primary key (image_sha256, submission_id))`,
    'create index board_transitions_by_age on board_transitions (at_ms)',
  ],
};
