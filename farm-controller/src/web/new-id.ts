import { randomBytes } from 'node:crypto';

/*
 * Ids sort by creation time:  prefix _ 10 characters of milliseconds, 13 characters of chance (Crockford base 32).
 * The first 10 characters hold 50 bits, of which 48 are the clock; the other 13 hold 65, of which 64 are random.
 */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

function base32(value: bigint, length: number): string {
  let text = '';
  for (let i = length - 1; i >= 0; i--)
    text += DIGITS.charAt(Number((value >> BigInt(5 * i)) & 31n));
  return text;
}

/** A new id such as `run_01jq…`: unique, and later ones sort after it when their millisecond is later. */
export function newId(prefix: 'sub' | 'run' | 'tok', nowMs: number): string {
  const chance = randomBytes(8).readBigUInt64BE();
  return `${prefix}_${base32(BigInt(nowMs), 10)}${base32(chance, 13)}`;
}
