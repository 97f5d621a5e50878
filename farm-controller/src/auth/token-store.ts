import {
  type BoundOrigin,
  FarmError,
  newId,
  type Role,
  type TokenView,
} from '@greenrack/farm-protocol';
import {
  claimOnce,
  pageOfRows,
  type StoreDatabase,
  type TokenRow,
  type Tx,
  tokenView,
} from '../store/for-stages.js';
import type { OnceRequest, Page, PageRequest, StoredToken, TokenStore } from '../store/ports.js';

interface ConfiguredToken {
  readonly name: string;
  readonly role: Role;
  readonly tenant: string;
  readonly secretHash: string;
}

/** Tokens in the database. */
export class SqlTokenStore implements TokenStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async create(token: StoredToken, once?: OnceRequest): Promise<void> {
    try {
      await this.#db.transact(async (tx) => {
        if (once) await refuseRepeated(tx, once, token);
        await tx.insertInto('tokens').values(tokenRow(token)).execute();
      });
    } catch (cause) {
      if (!this.#db.dialect.isDuplicate(cause)) throw cause;
      const message = `there is a token '${token.name}' already: revoke it first, or take another name`;
      throw new FarmError('conflict', message, { cause });
    }
  }

  async findByHash(secretHash: string): Promise<StoredToken | undefined> {
    const row = await this.#db.queries
      .selectFrom('tokens')
      .selectAll()
      .where('secret_hash', '=', secretHash)
      .executeTakeFirst();
    if (!row) return undefined;
    const { bound_json: bound } = row;
    return {
      ...{ ...tokenView(row), secretHash: row.secret_hash },
      ...(bound !== null && { bound: JSON.parse(bound) as BoundOrigin }),
    };
  }

  async activeHashes(nowMs: number): Promise<string[]> {
    const rows = await this.#db.queries
      .selectFrom('tokens')
      .select('secret_hash')
      .where('revoked_ms', 'is', null)
      .where((eb) => eb.or([eb('expires_ms', 'is', null), eb('expires_ms', '>', nowMs)]))
      .execute();
    return rows.map((row) => row.secret_hash);
  }

  async upsert(token: ConfiguredToken, nowMs: number): Promise<void> {
    await this.#db.transact(async (tx) => {
      const owner = await tx
        .selectFrom('tokens')
        .selectAll()
        .where('secret_hash', '=', token.secretHash)
        .executeTakeFirst();
      if (owner) await adopt(tx, owner, token);
      else await replace(tx, token, nowMs);
    });
  }

  async list(whose: 'people' | 'workflows', page: PageRequest): Promise<Page<TokenView>> {
    const { limit, cursor = '' } = page;
    const rows = await this.#db.queries
      .selectFrom('tokens')
      .selectAll()
      .where('trust_id', whose === 'people' ? 'is' : 'is not', null)
      .where('id', '>', cursor)
      .orderBy('id')
      .limit(limit + 1)
      .execute();
    return pageOfRows(rows, page, { view: tokenView, cursorOf: ({ id }) => id });
  }

  async revoked(nowMs: number): Promise<string[]> {
    const rows = await this.#db.queries
      .selectFrom('tokens')
      .select('id')
      .where('revoked_ms', 'is not', null)
      .where((eb) => eb.or([eb('expires_ms', 'is', null), eb('expires_ms', '>', nowMs)]))
      .execute();
    return rows.map(({ id }) => id);
  }

  revoke(id: string, nowMs: number): Promise<TokenView | undefined> {
    return this.#db.transact(async (tx) => {
      await tx
        .updateTable('tokens')
        .set({ revoked_ms: nowMs })
        .where('id', '=', id)
        .where('revoked_ms', 'is', null)
        .execute();
      const row = tx.selectFrom('tokens').selectAll().where('id', '=', id);
      const found = await row.executeTakeFirst();
      return found && tokenView(found);
    });
  }
}

/** Only the hash of the secret is kept: it cannot be answered again. */
async function refuseRepeated(
  tx: Tx,
  once: OnceRequest,
  { id, createdMs }: StoredToken,
): Promise<void> {
  const made = await claimOnce(tx, once, { reference: id, nowMs: createdMs });
  if (made === undefined) return;
  const message = `this request has made ${made}, whose secret was in the answer to it: revoke that, and make another with a new key`;
  throw new FarmError('conflict', message);
}

/** The secret is known: a revoked one stays revoked, and it cannot serve two names. */
async function adopt(tx: Tx, owner: TokenRow, token: ConfiguredToken): Promise<void> {
  if (owner.revoked_ms !== null)
    throw new FarmError('conflict', `token '${token.name}' was revoked: give it a new secret`);
  if (owner.name !== token.name)
    throw new FarmError('conflict', `'${token.name}' and '${owner.name}' have the same secret`);
  const { role, tenant } = token;
  await tx.updateTable('tokens').set({ role, tenant }).where('id', '=', owner.id).execute();
}

/** A new secret takes the name over; the one before is revoked. */
async function replace(tx: Tx, token: ConfiguredToken, nowMs: number): Promise<void> {
  await tx
    .updateTable('tokens')
    .set({ revoked_ms: nowMs })
    .where('name', '=', token.name)
    .where('revoked_ms', 'is', null)
    .execute();
  const times = { createdMs: nowMs, expiresMs: null, revokedMs: null };
  const row = tokenRow({ id: newId('tok', nowMs), ...token, ...times });
  await tx.insertInto('tokens').values(row).execute();
}

function tokenRow(token: StoredToken): TokenRow {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    tenant: token.tenant,
    secret_hash: token.secretHash,
    created_ms: token.createdMs,
    expires_ms: token.expiresMs,
    revoked_ms: token.revokedMs,
    ...{ trust_id: null, bound_to: null, bound_json: null },
  };
}
