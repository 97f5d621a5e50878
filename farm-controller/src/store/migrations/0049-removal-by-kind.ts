import type { Migration } from '../migration.js';

/** Events, consoles and traces go by policies of their own; what went before went together. */
export const removalByKind: Migration = {
  version: 49,
  name: 'removal-by-kind',
  statements: [
    'alter table submissions rename column logs_removed_ms to consoles_removed_ms',
    'alter table submissions add column events_removed_ms bigint',
    'alter table submissions add column traces_removed_ms bigint',
    `update submissions set events_removed_ms = consoles_removed_ms, traces_removed_ms = consoles_removed_ms
       where consoles_removed_ms is not null`,
    `create index submissions_with_events on submissions (finished_ms)
       where events_removed_ms is null and pinned_by is null`,
    `create index submissions_with_traces on submissions (finished_ms)
       where traces_removed_ms is null and pinned_by is null`,
    'alter table series add column points_from_ms bigint',
    'create index points_by_age on points (at_ms)',
  ],
};
