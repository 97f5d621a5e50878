/**
 * Characters that drive a terminal or turn text around, except tab. Those of 0x80 to 0x9f count: many a terminal takes
 * U+009B for the start of an escape sequence.
 */
const UNSAFE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
const MARK = '\ufffd';

/**
 * One line of text for a terminal. Messages of firmware may hold escape sequences that move the cursor, set the title
 * or worse: each control character becomes a visible mark.
 */
export function safeText(text: string): string {
  return text.replace(UNSAFE, MARK);
}

/** Like {@link safeText} for text of many lines. */
export function safeLines(text: string): string {
  return text.replace(UNSAFE, (unsafe) => (unsafe === '\n' ? unsafe : MARK));
}

/** Like {@link safeLines} for JSON, which loses nothing by it: where it has such characters, they have an escape. */
export function safeJson(json: string): string {
  return json.replace(UNSAFE, (unsafe) =>
    unsafe === '\n' ? unsafe : `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One line of at most `width` characters. */
export function fitted(text: string, width: number): string {
  const line = safeText(text.split('\n', 1)[0] ?? '');
  const chars = [...line];
  return chars.length <= width ? line : `${chars.slice(0, Math.max(0, width - 1)).join('')}…`;
}
