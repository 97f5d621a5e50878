import type { Migration } from '../migration.js';

/** Of a submission one asks which schedule made it. */
export const nights: Migration = {
  version: 44,
  name: 'nights',
  statements: [
    'create index schedule_events_of_submission on schedule_events (submission_id) where submission_id is not null',
  ],
};
