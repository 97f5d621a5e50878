import type { Migration } from '../migration.js';

/** What must happen is a row, written with what makes it due. */
export const duties: Migration = {
  version: 7,
  name: 'duties',
  statements: [
    `create table duties (
       id text primary key, kind text not null, subject text not null, due_ms bigint not null, owner text,
       owner_until_ms bigint, tries integer not null, last_error text, dead integer not null,
       revision bigint not null, created_ms bigint not null)`,
    'create unique index duties_subject on duties (kind, subject)',
    'create index duties_due on duties (kind, due_ms) where dead = 0',
    // Runs that wait at the time of the update: their submissions get the duty that new ones are written with.
    `insert into duties (id, kind, subject, due_ms, owner, owner_until_ms, tries, last_error, dead, revision, created_ms)
       select 'dty_' || substr(submission_id, 5), 'expireQueued', submission_id, min(queue_deadline_ms), null, null, 0,
         null, 0, 1, min(created_ms)
       from runs where state = 'queued' group by submission_id`,
  ],
};
