import type { Migration } from '../migration.js';

/** Boards that are suspect at the time of the update get the duty that others are written with. */
export const examineDuties: Migration = {
  version: 15,
  name: 'examine-duties',
  statements: [
    // Ids of duties have 23 characters after the prefix; a board's place among the suspect ones makes each its own.
    `insert into duties (id, kind, subject, due_ms, owner, owner_until_ms, tries, last_error, dead, revision, created_ms)
       select 'dty_' || (100000 + (select count(*) from boards other
           where other.health = 'suspect' and other.serial <= boards.serial)) || '00000000000000000',
         'examineBoard', serial, since_ms, null, null, 0, null, 0, 1, since_ms
       from boards where health = 'suspect' and removed = 0`,
  ],
};
