import { createHash } from 'node:crypto';
import {
  type BoundOrigin,
  FarmError,
  newId,
  type OidcTrustRequest,
  type OidcTrustView,
  type TokenView,
} from '@greenrack/farm-protocol';
import { claimOnce, type OidcTrustRow, type StoreDatabase, type Tx } from '../store/for-stages.js';
import type { OnceRequest } from '../store/ports.js';
import { refused } from './verify-token.js';

/** Trusts of a farm. */
const MAX_TRUSTS = 1_000;
/** Sessions of one repository that are good at a time. */
const MAX_SESSIONS = 500;
/** Removed with each new one. */
const SWEPT = 20;
/** How long a session that is over stays in the list of tokens. */
const KEEP_ENDED_MS = 86_400_000;

export interface NewSession {
  readonly token: TokenView;
  readonly secretHash: string;
  readonly trustId: string;
  /** Issuer and id of the repository. */
  readonly boundTo: string;
  readonly origin: BoundOrigin;
  /** What it is in exchange for, and how long that could be taken for good. */
  readonly used: { readonly issuer: string; readonly jti: string; readonly untilMs: number };
}

/** A trust as it comes, with its issuer. */
export type NewTrust = OidcTrustRequest & { readonly issuer: string };

/** Trusts, sessions and used tokens in the database. */
export class OidcRows {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async trusts(): Promise<OidcTrustView[]> {
    const all = this.#db.queries.selectFrom('oidc_trusts').selectAll().orderBy('id');
    return (await all.execute()).map(trustView);
  }

  async trustsOf(issuer: string, ownerId: number): Promise<OidcTrustView[]> {
    const rows = await this.#db.queries
      .selectFrom('oidc_trusts')
      .selectAll()
      .where('owner_id', '=', ownerId)
      .where('issuer', '=', issuer)
      .execute();
    return rows.map(trustView);
  }

  /** @throws FarmError `conflict` when there is one of that name */
  add(trust: NewTrust, nowMs: number, once: OnceRequest | undefined): Promise<OidcTrustView> {
    return this.#db.transact(async (tx) => {
      const row = trustRow(trust, nowMs);
      const earlier = once && (await claimOnce(tx, once, { reference: row.id, nowMs }));
      if (earlier !== undefined) return trustView({ ...row, id: earlier });
      const { n } = await tx
        .selectFrom('oidc_trusts')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
      if (Number(n) >= MAX_TRUSTS)
        throw new FarmError('conflict', `there are ${MAX_TRUSTS} trusts: remove one first`);
      const { numInsertedOrUpdatedRows: made } = await tx
        .insertInto('oidc_trusts')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doNothing())
        .executeTakeFirstOrThrow();
      if (!made) throw new FarmError('conflict', `there is a trust '${trust.name}' already`);
      return trustView(row);
    });
  }

  /** Creates or replaces by name: for those that the configuration brings along. */
  async put(trust: NewTrust, nowMs: number): Promise<void> {
    const { issuer, owner_id, repository_id, terms_json } = trustRow(trust, nowMs);
    const change = { issuer, owner_id, repository_id, terms_json };
    await this.#db.transact((tx) =>
      tx
        .insertInto('oidc_trusts')
        .values(trustRow(trust, nowMs))
        .onConflict((conflict) => conflict.column('name').doUpdateSet(change))
        .execute(),
    );
  }

  /** Ends a trust and the sessions that it gave. Returns the ids of their tokens; undefined when there is none. */
  remove(id: string, nowMs: number): Promise<string[] | undefined> {
    return this.#db.transact(async (tx) => {
      const row = tx.deleteFrom('oidc_trusts').where('id', '=', id);
      if (!(await row.executeTakeFirstOrThrow()).numDeletedRows) return undefined;
      const ended = await tx
        .updateTable('tokens')
        .set({ revoked_ms: nowMs })
        .where('bound_to', 'is not', null)
        .where('trust_id', '=', id)
        .where('expires_ms', '>', nowMs)
        .where('revoked_ms', 'is', null)
        .returning('id')
        .execute();
      return ended.map((token) => token.id);
    });
  }

  /** Begins a session in exchange for a token that is never taken again. @throws FarmError when it has been, or there are too many */
  begin(session: NewSession, nowMs: number): Promise<void> {
    return this.#db.transact(async (tx) => {
      await sweep(tx, nowMs);
      await use(tx, session.used);
      await mustHaveTrust(tx, session.trustId);
      await mustBeFew(tx, session.boundTo, nowMs);
      const { token, secretHash, trustId, boundTo, origin } = session;
      const row = {
        ...{ id: token.id, name: token.name, role: token.role, tenant: token.tenant },
        ...{ secret_hash: secretHash, created_ms: nowMs, expires_ms: token.expiresMs },
        ...{ revoked_ms: null, trust_id: trustId, bound_to: boundTo },
        bound_json: JSON.stringify(origin),
      };
      await tx.insertInto('tokens').values(row).execute();
    });
  }
}

async function use(tx: Tx, { issuer, jti, untilMs }: NewSession['used']): Promise<void> {
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, jti]))
    .digest('hex');
  const { numInsertedOrUpdatedRows: first } = await tx
    .insertInto('oidc_used')
    .values({ digest, until_ms: untilMs })
    .onConflict((conflict) => conflict.column('digest').doNothing())
    .executeTakeFirstOrThrow();
  if (!first) throw refused('jti', 'it has been exchanged before: ask for a new one');
}

/** It may have been removed since it was chosen: the sessions that it gave have ended, and this one must not come after. */
async function mustHaveTrust(tx: Tx, id: string): Promise<void> {
  // Changes nothing, and holds the row: whoever removes it comes before or after.
  const held = tx.updateTable('oidc_trusts').set({ id }).where('id', '=', id);
  if (!(await held.executeTakeFirstOrThrow()).numUpdatedRows)
    throw new FarmError('identity_untrusted', 'the trust was removed just now');
}

async function mustBeFew(tx: Tx, boundTo: string, nowMs: number): Promise<void> {
  const { n, next } = await tx
    .selectFrom('tokens')
    .select((eb) => [eb.fn.countAll<number>().as('n'), eb.fn.min('expires_ms').as('next')])
    .where('bound_to', '=', boundTo)
    .where('expires_ms', '>', nowMs)
    .where('revoked_ms', 'is', null)
    .executeTakeFirstOrThrow();
  if (Number(n) < MAX_SESSIONS) return;
  const retryAfterS = (Number(next ?? nowMs) - nowMs) / 1000;
  const message = `the repository has ${MAX_SESSIONS} sessions: one of them must end first`;
  throw new FarmError('too_many_requests', message, { context: { retryAfterS } });
}

async function sweep(tx: Tx, nowMs: number): Promise<void> {
  const used = tx.selectFrom('oidc_used').select('digest').where('until_ms', '<', nowMs);
  const old = used.orderBy('until_ms').limit(SWEPT);
  await tx.deleteFrom('oidc_used').where('digest', 'in', old).execute();
  const ended = tx
    .selectFrom('tokens')
    .select('id')
    .where('bound_to', 'is not', null)
    .where('expires_ms', '<', nowMs - KEEP_ENDED_MS);
  const oldest = ended.orderBy('expires_ms').limit(SWEPT);
  await tx.deleteFrom('tokens').where('id', 'in', oldest).execute();
}

function trustRow(trust: NewTrust, nowMs: number): OidcTrustRow {
  const { name, issuer, repositoryOwnerId, repositoryId, ...terms } = trust;
  return {
    ...{ id: newId('trs', nowMs), name, issuer, owner_id: repositoryOwnerId },
    ...{ repository_id: repositoryId ?? null, terms_json: JSON.stringify(terms) },
    created_ms: nowMs,
  };
}

function trustView(row: OidcTrustRow): OidcTrustView {
  const { id, name, issuer, owner_id, repository_id, created_ms } = row;
  return {
    ...(JSON.parse(row.terms_json) as Pick<OidcTrustView, 'tenant' | 'role' | 'events'>),
    ...{ id, name, issuer, repositoryOwnerId: owner_id, createdMs: created_ms },
    ...(repository_id !== null && { repositoryId: repository_id }),
  };
}
