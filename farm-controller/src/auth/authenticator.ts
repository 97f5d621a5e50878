import { FarmError } from '@greenrack/farm-protocol';
import type { StoredToken, TokenStore } from '../store/ports.js';
import { NOBODY, type Principal } from '../web/principal.js';
import { secretHash, tokenSecretSchema } from './token-secret.js';

/** Tokens that are remembered; the least recently used is forgotten first. */
const MAX_CACHED = 1_000;

export interface AuthenticatorOptions {
  /** What callers without a token may do. Default `none`: nothing. */
  readonly anonymousRole?: 'none' | 'viewer';
  /** How long a token is trusted without a look into the database, in ms. Default 3000: a revocation by another controller takes effect by then. */
  readonly staleMs?: number;
  readonly now?: () => number;
}

interface Cached {
  readonly token: StoredToken;
  readonly readMs: number;
}

/** Finds out who holds a secret. */
export class Authenticator {
  readonly #tokens: Pick<TokenStore, 'findByHash'>;
  readonly #anonymousRole: 'none' | 'viewer';
  readonly #staleMs: number;
  readonly #now: () => number;
  /** By hash, least recently used first. */
  readonly #cache = new Map<string, Cached>();
  /** Counts revocations: a look-up that began before one must not be remembered after it. */
  #generation = 0;

  constructor(tokens: Pick<TokenStore, 'findByHash'>, options: AuthenticatorOptions = {}) {
    this.#tokens = tokens;
    this.#anonymousRole = options.anonymousRole ?? 'none';
    this.#staleMs = options.staleMs ?? 3_000;
    this.#now = options.now ?? Date.now;
  }

  /** @throws FarmError `unauthorized` */
  async authenticate(secret: string | undefined): Promise<Principal> {
    if (secret === undefined) return this.#anonymous();
    if (!tokenSecretSchema.safeParse(secret).success) throw wrongToken();
    const token = await this.#find(secretHash(secret));
    if (!token || !isValid(token, this.#now())) throw wrongToken();
    const { id: tokenId, name, role, tenant, expiresMs, bound } = token;
    return { name, role, tenant, tokenId, expiresMs, ...(bound && { bound }) };
  }

  /** Forgets a token at once: call it after each revocation. */
  forget(tokenId: string): void {
    this.#generation += 1;
    for (const [hash, { token }] of this.#cache) if (token.id === tokenId) this.#cache.delete(hash);
  }

  #anonymous(): Principal {
    if (this.#anonymousRole === 'none')
      throw new FarmError('unauthorized', 'this needs a token: send Authorization: Bearer <token>');
    return { ...NOBODY, name: 'anonymous' };
  }

  async #find(hash: string): Promise<StoredToken | undefined> {
    const cached = this.#cache.get(hash);
    const age = cached ? this.#now() - cached.readMs : Number.POSITIVE_INFINITY;
    // A clock that was set back must not prolong trust.
    if (cached && age >= 0 && age < this.#staleMs) return cached.token;
    const generation = this.#generation;
    const readMs = this.#now();
    const token = await this.#tokens.findByHash(hash);
    this.#cache.delete(hash);
    if (token && generation === this.#generation) this.#remember(hash, { token, readMs });
    return token;
  }

  #remember(hash: string, entry: Cached): void {
    this.#cache.set(hash, entry);
    if (this.#cache.size <= MAX_CACHED) return;
    const [oldest] = this.#cache.keys();
    if (oldest !== undefined) this.#cache.delete(oldest);
  }
}

function isValid(token: StoredToken, nowMs: number): boolean {
  return token.revokedMs === null && (token.expiresMs === null || nowMs < token.expiresMs);
}

/** The same words for unknown, revoked and expired: a stranger learns nothing. */
function wrongToken(): FarmError {
  return new FarmError('unauthorized', 'the token is unknown, revoked or expired');
}
