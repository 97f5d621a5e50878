import { createHash } from 'node:crypto';
import { FarmError } from '@greenrack/farm-protocol';
import type { Authenticate, Principal } from './principal.js';

export interface ThrottleLimits {
  /** Failures that one address may have within the window. Default 30. */
  readonly failures: number;
  /** Default 60 000. */
  readonly windowMs: number;
}
const DEFAULT_LIMITS: ThrottleLimits = { failures: 30, windowMs: 60_000 };
/** Addresses and secrets that are remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 10_000;

/**
 * Stands before the authenticator: an address that keeps coming with wrong tokens is turned away before the database is
 * asked. Secrets that were right a moment ago stay welcome, so one broken job does not lock out a whole office behind
 * the same address.
 */
export class AuthThrottle {
  readonly #failures = new Map<string, { count: number; untilMs: number }>();
  readonly #good = new Set<string>();
  readonly #authenticate: Authenticate;
  readonly #limits: ThrottleLimits;
  readonly #now: () => number;

  constructor(
    authenticate: Authenticate,
    limits: Partial<ThrottleLimits> = {},
    now: () => number = Date.now,
  ) {
    this.#authenticate = authenticate;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#now = now;
  }

  /** @throws FarmError `unauthorized`, or `too_many_requests` with `context.retryAfterS` */
  async authenticate(secret: string | undefined, address: string): Promise<Principal> {
    const digest = secret && createHash('sha256').update(secret).digest('hex');
    if (digest && !this.#good.has(digest)) this.#refuseWhenOver(address);
    try {
      const principal = await this.#authenticate(secret);
      if (digest) remember(this.#good, digest);
      return principal;
    } catch (error) {
      if (digest) this.#good.delete(digest);
      if (digest && error instanceof FarmError && error.code === 'unauthorized')
        this.#fail(address);
      throw error;
    }
  }

  #refuseWhenOver(address: string): void {
    const entry = this.#failures.get(address);
    const leftMs = entry ? entry.untilMs - this.#now() : 0;
    if (!entry || leftMs <= 0 || entry.count < this.#limits.failures) return;
    throw new FarmError('too_many_requests', `${address} sent too many wrong tokens`, {
      context: { retryAfterS: leftMs / 1000 },
    });
  }

  #fail(address: string): void {
    const now = this.#now();
    const entry = this.#failures.get(address);
    if (entry && entry.untilMs > now) entry.count += 1;
    else {
      this.#failures.delete(address);
      this.#failures.set(address, { count: 1, untilMs: now + this.#limits.windowMs });
      dropOldest(this.#failures);
    }
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
