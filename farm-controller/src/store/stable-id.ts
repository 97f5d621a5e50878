import { createHash } from 'node:crypto';

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 23;

/** The id that a key always gets, in whatever transaction, controller or farm: the beginning of its hash. */
export function stableId(prefix: 'tst' | 'ser' | 'env' | 'chg', key: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(key)).digest();
  let text = `${prefix}_`;
  for (let i = 0; i < LENGTH; i++) text += DIGITS.charAt((digest[i] ?? 0) % 32);
  return text;
}
