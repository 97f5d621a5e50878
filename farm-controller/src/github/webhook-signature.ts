import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether one of the secrets signed these bytes. There are two while a secret is exchanged for another. It takes the same
 * time wherever the signature is wrong.
 * @param header - `sha256=` and the HMAC in hex, as GitHub sends it
 */
export function isSigned(
  body: Uint8Array,
  header: string | undefined,
  secrets: readonly string[],
): boolean {
  const given = /^sha256=([0-9a-f]{64})$/.exec(header ?? '')?.[1];
  if (given === undefined) return false;
  const bytes = Buffer.from(given, 'hex');
  const matches = secrets.map((secret) =>
    timingSafeEqual(bytes, createHmac('sha256', secret).update(body).digest()),
  );
  return matches.includes(true);
}
