/*
 * Ids sort by creation time:  prefix _ 10 characters of milliseconds, 13 characters of chance (Crockford base 32).
 * The first 10 characters hold 50 bits, of which 48 are the clock; the other 13 are 65 random bits.
 */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const CLOCK_LENGTH = 10;
const CHANCE_LENGTH = 13;

export type IdPrefix =
  | 'sub'
  | 'run'
  | 'att'
  | 'lea'
  | 'tok'
  | 'dty'
  | 'sch'
  | 'trs'
  | 'ghh'
  | 'ghc'
  | 'gha'
  | 'ghm'
  | 'qrt'
  | 'aud'
  | 'sbn'
  | 'ntc';

let lastMs = -1;
const chance = new Uint8Array(CHANCE_LENGTH);

/** A new id such as `run_01jq…`. Ids that one process makes in the same millisecond count upwards, so they sort too. */
export function newId(prefix: IdPrefix, nowMs: number): string {
  if (nowMs === lastMs) countUp(chance);
  else for (const [i, byte] of crypto.getRandomValues(chance).entries()) chance[i] = byte % 32;
  lastMs = nowMs;
  let text = '';
  for (const digit of chance) text += DIGITS.charAt(digit);
  return `${prefix}_${clockText(nowMs)}${text}`;
}

function clockText(nowMs: number): string {
  let text = '';
  let rest = Math.trunc(nowMs);
  for (let i = 0; i < CLOCK_LENGTH; i++) {
    text = DIGITS.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function countUp(digits: Uint8Array): void {
  for (let i = digits.length - 1; i >= 0; i--) {
    const next = ((digits[i] ?? 0) + 1) % 32;
    digits[i] = next;
    if (next !== 0) return;
  }
}
