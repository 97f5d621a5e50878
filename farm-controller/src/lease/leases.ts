import {
  ACTIVE,
  chunksFor,
  openAttempts,
  openAttemptsOf,
  type StoreDatabase,
  type Tx,
} from '../store/for-stages.js';
import type {
  FollowUp,
  LeaseGrant,
  LeaseKey,
  LeaseRequest,
  OpenAttempt,
  SettlementPolicy,
  Store,
} from '../store/ports.js';
import { grantLease } from './grant-lease.js';

/** Exclusive, expiring rights to boards, from their grant to their end. {@link endLeases} is how they end in order. */
export class Leases {
  readonly #db: StoreDatabase;
  readonly #attempts: Store['attempts'];

  constructor({ database, attempts }: Pick<Store, 'database' | 'attempts'>) {
    this.#db = database;
    this.#attempts = attempts;
  }

  /** One active lease per board is a database constraint; the fence is the board's next number. */
  grant(request: LeaseRequest): Promise<LeaseGrant> {
    return grantLease(this.#db, request);
  }

  /**
   * Moves expiry to `untilMs`; answers the ids of those that are no longer active under that fence, or never were the
   * agent's.
   */
  async renew(agent: string, leases: readonly LeaseKey[], untilMs: number): Promise<string[]> {
    const lost: string[] = [];
    for (const chunk of chunksFor(leases, 1, 500))
      lost.push(
        ...(await this.#db.transact((tx) => this.#renewChunk(tx, chunk, { agent, untilMs }))),
      );
    return lost;
  }

  /** Pushes expiry of an agent's active leases to at least `untilMs`: it may still report. */
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

  /**
   * Gives an attempt up whose lease has run out by `nowMs`. Undefined when it has not, because it was renewed since
   * somebody looked, and when the attempt has ended already.
   */
  async expire(
    attemptId: string,
    message: string,
    nowMs: number,
    policy: SettlementPolicy,
  ): Promise<FollowUp | undefined> {
    const onlyIf = (tx: Tx) => this.#hasExpired(tx, attemptId, nowMs);
    const why = { reason: 'agentLost', message, onlyIf } as const;
    const followUp = await this.#attempts.abandon(attemptId, why, nowMs, policy);
    return followUp.endedAttempts.length > 0 ? followUp : undefined;
  }

  /** Locks the leases: a renewal comes before this or finds them ended. One that ran out takes the others along. */
  async #hasExpired(tx: Tx, attemptId: string, nowMs: number): Promise<boolean> {
    const query = tx.selectFrom('leases').select('expires_ms').where('attempt_id', '=', attemptId);
    const leases = await this.#db.dialect.lockRows(query.orderBy('id')).execute();
    return leases.some(({ expires_ms }) => expires_ms <= nowMs);
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
