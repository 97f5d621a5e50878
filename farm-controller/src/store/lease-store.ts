import { openAttempts, openAttemptsOf } from './attempt-reads.js';
import { chunksFor } from './bulk.js';
import { grantLease } from './lease-grant.js';
import type { LeaseGrant, LeaseKey, LeaseRequest, LeaseStore, OpenAttempt } from './ports.js';
import { ACTIVE } from './state-literals.js';
import type { StoreDatabase, Tx } from './store-database.js';

/** Leases in the database. */
export class SqlLeaseStore implements LeaseStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  grant(request: LeaseRequest): Promise<LeaseGrant> {
    return grantLease(this.#db, request);
  }

  async renew(agent: string, leases: readonly LeaseKey[], untilMs: number): Promise<string[]> {
    const lost: string[] = [];
    for (const chunk of chunksFor(leases, 1, 500))
      lost.push(
        ...(await this.#db.transact((tx) => this.#renewChunk(tx, chunk, { agent, untilMs }))),
      );
    return lost;
  }

  async extendForAgent(agent: string, untilMs: number): Promise<void> {
    await this.#db.transact((tx) =>
      tx
        .updateTable('leases')
        .set({ expires_ms: untilMs })
        .where('state', '=', ACTIVE)
        .where('agent', '=', agent)
        .where('expires_ms', '<', untilMs)
        .execute(),
    );
  }

  async expired(nowMs: number): Promise<OpenAttempt[]> {
    const rows = await openAttempts(this.#db.queries)
      .where('attempts.id', 'in', (eb) =>
        eb
          .selectFrom('leases as late')
          .select('late.attempt_id')
          .where('late.state', '=', ACTIVE)
          .where('late.expires_ms', '<=', nowMs),
      )
      .execute();
    return openAttemptsOf(rows);
  }

  async nextExpiryMs(): Promise<number | undefined> {
    const next = await this.#db.queries
      .selectFrom('leases')
      .select('expires_ms')
      .where('state', '=', ACTIVE)
      .orderBy('expires_ms')
      .limit(1)
      .executeTakeFirst();
    return next?.expires_ms;
  }

  async #renewChunk(
    tx: Tx,
    leases: readonly LeaseKey[],
    { agent, untilMs }: { agent: string; untilMs: number },
  ): Promise<string[]> {
    const ids = leases.map((lease) => lease.leaseId);
    const active = tx
      .selectFrom('leases')
      .select(['id', 'fence', 'attempt_id'])
      .where('attempt_id', 'in', (eb) =>
        eb.selectFrom('leases as named').select('named.attempt_id').where('named.id', 'in', ids),
      )
      .where('state', '=', ACTIVE)
      .where('agent', '=', agent)
      .orderBy('id');
    const rows = await this.#db.dialect.lockRows(active).execute();
    const known = new Map(rows.map((row) => [row.id, row]));
    const held = leases.flatMap(({ leaseId, fence }) => {
      const row = known.get(leaseId);
      return row?.fence === fence ? [row] : [];
    });
    // The boards of one attempt are kept together or lost together.
    const attempts = held.map((row) => row.attempt_id);
    if (attempts.length > 0)
      await tx
        .updateTable('leases')
        .set({ expires_ms: untilMs })
        .where('attempt_id', 'in', attempts)
        .where('state', '=', ACTIVE)
        .execute();
    const heldIds = new Set(held.map(({ id }) => id));
    return ids.filter((id) => !heldIds.has(id));
  }
}
