/*
 * Greentea messages on the console, between any other text:
 *
 *   … text … {{ key ; value }} … text … CR LF
 *              │     └ 1 or more bytes, no '}' and no LF; '{' and ';' are fine
 *              └ 1 or more of A-Z a-z 0-9 _ -
 *
 * Values that name a case may hold '}' as well, behind their first byte: a single one anywhere, and any number before
 * the last two, which close. Behind a '}' they hold no '{{', so that a cut message does not swallow the next one.
 */

/** Longest key and value of a message, in bytes; anything longer is text. A coverage dump is one value. */
export const MAX_KEY_BYTES = 256;
export const MAX_VALUE_BYTES = 1024 * 1024;

export const OPEN = 0x7b;
export const CLOSE = 0x7d;
export const SEMICOLON = 0x3b;

const NAMING: ReadonlySet<string> = new Set([
  '__testcase_name',
  '__testcase_start',
  '__testcase_finish',
]);
const KEY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 && /[\w-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Whether the value of such a message holds the name of a case. */
export function holdsName(key: string): boolean {
  return NAMING.has(key);
}

/** Where the key that goes on at `pos` ends, one byte past the longest at most; `read` of its bytes came before. */
export function keyEnd(text: string, pos: number, read = 0): number {
  const limit = Math.min(text.length, pos + MAX_KEY_BYTES + 1 - read);
  let end = pos;
  while (end < limit && KEY_BYTE[text.charCodeAt(end)] === 1) end++;
  return end;
}
