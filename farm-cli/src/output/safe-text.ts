/**
 * Text for a terminal. Messages of firmware may hold escape sequences that move the cursor, set the title or worse:
 * control characters become a visible mark, except tab.
 */
export function safeText(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    '\ufffd',
  );
}

/** One line of at most `width` characters. */
export function fitted(text: string, width: number): string {
  const line = safeText(text.split('\n', 1)[0] ?? '');
  const chars = [...line];
  return chars.length <= width ? line : `${chars.slice(0, Math.max(0, width - 1)).join('')}…`;
}
