/*
 * The scanner works on one-byte strings: one native copy per chunk, then slices that copy nothing. Only text that is
 * handed out is read as UTF-8.
 */

const NUL = '\u0000';
const IDLE_LINE = '\u00ff';

/** The chunk with one character per byte. */
export function latinText(chunk: Uint8Array): string {
  // A second Buffer over the same bytes costs as much as the copy itself when chunks are small.
  const bytes = Buffer.isBuffer(chunk)
    ? chunk
    : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return bytes.toString('latin1');
}

/**
 * Without the bytes 0x00 and 0xFF. A UART that is set up anew sends them anywhere, even inside a message; neither can
 * be part of text (a C string holds no NUL, UTF-8 no 0xFF).
 */
export function withoutLineNoise(text: string): string {
  if (!text.includes(NUL) && !text.includes(IDLE_LINE)) return text;
  return text.replaceAll(NUL, '').replaceAll(IDLE_LINE, '');
}

/** Reads one-byte text as UTF-8; each invalid sequence becomes U+FFFD. */
export function decodeUtf8(latin: string): string {
  for (let i = 0; i < latin.length; i++)
    if (latin.charCodeAt(i) >= 0x80) return Buffer.from(latin, 'latin1').toString('utf8');
  return latin;
}
