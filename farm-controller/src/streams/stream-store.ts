import {
  type AttemptStreamRow,
  countStored,
  type EventRow,
  type StoreDatabase,
  writeStreams,
} from '../store/for-stages.js';
import type {
  ClosedAttempt,
  StoredStream,
  StreamKey,
  StreamRow,
  StreamStore,
} from '../store/ports.js';

/** Rows of streams, and the events that are still in the database. */
export class SqlStreamStore implements StreamStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async find({ attemptId, name }: StreamKey): Promise<StreamRow | undefined> {
    const row = await this.#db.queries
      .selectFrom('attempt_streams')
      .selectAll()
      .where('attempt_id', '=', attemptId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && streamRow(row);
  }

  async ended(attemptIds: readonly string[]): Promise<ClosedAttempt[]> {
    const { queries } = this.#db;
    const attempts = await queries
      .selectFrom('attempts')
      .select(['id', 'acked_seq'])
      .where('id', 'in', attemptIds)
      .where('state', '=', 'finished')
      .execute();
    const rows = await queries
      .selectFrom('attempt_streams')
      .selectAll()
      .where('attempt_id', 'in', attemptIds)
      .execute();
    return attempts.map(({ id, acked_seq }) => {
      const own = rows.filter((row) => row.attempt_id === id).map(streamRow);
      const streams = new Map(own.map((row) => [row.name, row]));
      return { attemptId: id, lastSeq: acked_seq, streams };
    });
  }

  async unstored(after: string, limit: number): Promise<string[]> {
    const rows = await this.#db.queries
      .selectFrom('attempt_streams')
      .select('attempt_id')
      .distinct()
      .where('stored_bytes', 'is', null)
      .where('attempt_id', '>', after)
      .orderBy('attempt_id')
      .limit(limit)
      .execute();
    return rows.map((row) => row.attempt_id);
  }

  eventRows(attemptId: string, afterSeq: number, limit: number): Promise<EventRow[]> {
    return this.#db.queries
      .selectFrom('events')
      .selectAll()
      .where('attempt_id', '=', attemptId)
      .where('seq', '>', afterSeq)
      .orderBy('seq')
      .limit(limit)
      .execute();
  }

  async stored(streams: readonly StoredStream[]): Promise<void> {
    if (streams.length === 0) return;
    const ids = streams.filter(({ name }) => name === 'events').map(({ attemptId }) => attemptId);
    await this.#db.transact(async (tx) => {
      await countStored(tx, await writeStreams(this.#db, tx, streams));
      if (ids.length > 0) await tx.deleteFrom('events').where('attempt_id', 'in', ids).execute();
    });
  }
}

function streamRow(row: AttemptStreamRow): StreamRow {
  return {
    attemptId: row.attempt_id,
    name: row.name,
    kind: row.kind,
    bytes: row.bytes,
    sha256: row.sha256,
    storedBytes: row.stored_bytes,
  };
}
