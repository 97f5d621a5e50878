import { sql } from 'kysely';
import { chunksFor } from './bulk.js';
import type { StreamRow } from './ports.js';
import type { WrittenStream } from './quota.js';
import type { StoreDatabase, Tx } from './store-database.js';

const COLUMNS = 6;

/** Writes the rows of streams; what is stored already stays as it is, and is not among the answer. */
export async function writeStreams(
  db: StoreDatabase,
  tx: Tx,
  streams: readonly StreamRow[],
): Promise<WrittenStream[]> {
  const written: WrittenStream[] = [];
  const rows = streams.map(({ attemptId, name, kind, bytes, sha256, storedBytes }) => ({
    ...{ attempt_id: attemptId, name, kind, bytes, sha256, stored_bytes: storedBytes },
  }));
  for (const chunk of chunksFor(rows, COLUMNS, db.dialect.maxParameters)) {
    const insert = tx
      .insertInto('attempt_streams')
      .values(chunk)
      .onConflict((conflict) =>
        conflict
          .columns(['attempt_id', 'name'])
          .doUpdateSet((eb) => ({
            bytes: eb.ref('excluded.bytes'),
            sha256: eb.ref('excluded.sha256'),
            stored_bytes: eb.ref('excluded.stored_bytes'),
          }))
          .where(sql.ref('attempt_streams.stored_bytes'), 'is', null),
      );
    written.push(...(await insert.returning(['attempt_id', 'stored_bytes']).execute()));
  }
  return written;
}
