import { createHash } from 'node:crypto';
import { ERROR_CODES, FarmError } from '@greenrack/farm-protocol';
import type { Principal } from './principal.js';

export interface ThrottleLimits {
  /** Wrong tokens that one address may send within the window; the same one that often is turned away by itself. Default 30. */
  readonly failures: number;
  /** Default 60 000. */
  readonly windowMs: number;
}
const DEFAULT_LIMITS: ThrottleLimits = { failures: 30, windowMs: 60_000 };
/** Addresses and secrets that are remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 10_000;
/** `grk_` and 48 random bits tell tokens apart, and nobody can make up the rest. */
const PREFIX_LENGTH = 12;

interface Failures {
  readonly untilMs: number;
  /** Of each wrong token. */
  readonly byPrefix: Map<string, number>;
}

/**
 * Stands before the authenticator: an address that keeps coming with wrong tokens is turned away before the database is
 * asked. A job that sends the same wrong token again and again locks out itself only, and a token that the database has
 * or that was right before is never locked.
 */
export class AuthThrottle<T = Principal> {
  readonly #failures = new Map<string, Failures>();
  /** Hashes as the database has them. */
  readonly #good = new Set<string>();
  readonly #authenticate: (secret: string | undefined) => Promise<T>;
  readonly #limits: ThrottleLimits;
  readonly #now: () => number;

  constructor(
    authenticate: (secret: string | undefined) => Promise<T>,
    limits: Partial<ThrottleLimits> = {},
    now: () => number = Date.now,
  ) {
    this.#authenticate = authenticate;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#now = now;
  }

  /** Tokens that are good as far as the database knows, by SHA-256 in hex: they pass also when they come late. */
  trust(secretHashes: Iterable<string>): void {
    for (const hash of secretHashes) remember(this.#good, hash);
  }

  /** @throws FarmError as the authenticator, or `too_many_requests` with `context.retryAfterS` */
  async authenticate(secret: string | undefined, address: string): Promise<T> {
    if (secret === undefined || secret === '') return this.#authenticate(secret);
    const hash = createHash('sha256').update(secret).digest('hex');
    const prefix = secret.slice(0, PREFIX_LENGTH);
    if (!this.#good.has(hash)) this.#refuseWhenOver(address, prefix);
    try {
      const principal = await this.#authenticate(secret);
      remember(this.#good, hash);
      return principal;
    } catch (error) {
      if (error instanceof FarmError && ERROR_CODES[error.code].group === 'access') {
        this.#good.delete(hash);
        this.#fail(address, prefix);
      }
      throw error;
    }
  }

  #refuseWhenOver(address: string, prefix: string): void {
    const entry = this.#failures.get(address);
    const leftMs = entry ? entry.untilMs - this.#now() : 0;
    if (!entry || leftMs <= 0) return;
    const { failures } = this.#limits;
    if (entry.byPrefix.size < failures && (entry.byPrefix.get(prefix) ?? 0) < failures) return;
    throw new FarmError('too_many_requests', `${address} sent too many wrong tokens`, {
      context: { retryAfterS: leftMs / 1000 },
    });
  }

  #fail(address: string, prefix: string): void {
    const now = this.#now();
    let entry = this.#failures.get(address);
    if (!entry || entry.untilMs <= now) {
      entry = { untilMs: now + this.#limits.windowMs, byPrefix: new Map() };
      this.#failures.delete(address);
      this.#failures.set(address, entry);
      dropOldest(this.#failures);
    }
    entry.byPrefix.set(prefix, (entry.byPrefix.get(prefix) ?? 0) + 1);
    dropOldest(entry.byPrefix);
  }
}

function remember(set: Set<string>, value: string): void {
  set.delete(value);
  set.add(value);
  dropOldest(set);
}

function dropOldest(map: {
  size: number;
  keys(): Iterator<string>;
  delete(key: string): boolean;
}): void {
  if (map.size <= MAX_REMEMBERED) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
