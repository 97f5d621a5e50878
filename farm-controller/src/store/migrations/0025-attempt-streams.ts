import { sql } from 'kysely';
import type { Migration } from '../migration.js';

/** Each stream of an attempt has a row from its end on, which says whether the artifact store has it. */
export const attemptStreams: Migration = {
  version: 25,
  name: 'attempt-streams',
  statements: [
    `create table attempt_streams (
       attempt_id text not null, name text not null, kind text not null, bytes bigint not null, sha256 text,
       stored_bytes bigint, primary key (attempt_id, name))`,
    'create index attempt_streams_elsewhere on attempt_streams (attempt_id) where stored_bytes is null',
  ],
  fill: {
    table: 'attempts',
    key: 'id',
    batch: async (tx, { after, upTo }) => {
      const ended = sql`from attempts where id > ${after} and id <= ${upTo} and state = 'finished'`;
      await sql`
        insert into attempt_streams (attempt_id, name, kind, bytes, sha256, stored_bytes)
          select id, 'events', 'events', 0, cast(null as text), cast(null as bigint) ${ended} and acked_seq > 0
          union all
          select id, 'console', 'console', console_bytes, console_sha256, cast(null as bigint) ${ended} and console_bytes > 0`.execute(
        tx,
      );
    },
  },
};
