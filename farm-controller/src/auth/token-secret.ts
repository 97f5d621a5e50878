import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** `grk_` and 32 random bytes in base64url. The prefix lets secret scanners find a leaked one. */
export const tokenSecretSchema = z
  .string()
  .max(256)
  .regex(/^grk_[A-Za-z0-9_-]{43}$/, 'expected grk_ and 32 random bytes in base64url');

export function newTokenSecret(): string {
  return `grk_${randomBytes(32).toString('base64url')}`;
}

/**
 * What the database keeps of a secret: SHA-256 in hex. A secret has 256 random bits, so a slow hash would protect
 * nothing; and since only hashes are compared, the time of a look-up tells nothing of a secret.
 */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
