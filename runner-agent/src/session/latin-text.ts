/*
 * The scanner works on one-byte strings: one native copy per chunk, then slices that copy nothing. Only text that is
 * handed out is read as UTF-8.
 */

const NUL = '\u0000';
const IDLE_LINE = '\u00ff';
/** What a receiver makes of a short disturbance on an idle line, or of bytes at the wrong rate. */
const GLITCH = /([\u00f8\u00fe]+)/;
/** A character of several bytes in UTF-8 (Unicode 15, table 3-7). */
const MULTIBYTE =
  /[\u00c2-\u00df][\u0080-\u00bf]|\u00e0[\u00a0-\u00bf][\u0080-\u00bf]|[\u00e1-\u00ec\u00ee\u00ef][\u0080-\u00bf]{2}|\u00ed[\u0080-\u009f][\u0080-\u00bf]|\u00f0[\u0090-\u00bf][\u0080-\u00bf]{2}|[\u00f1-\u00f3][\u0080-\u00bf]{3}|\u00f4[\u0080-\u008f][\u0080-\u00bf]{2}|[\u0080-\u009f]/g;

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

/** Whether the bytes 0xF8 or 0xFE are in the text: noise that UTF-8 cannot hold either, or ø and þ of Latin-1. */
export function hasGlitches(text: string): boolean {
  return text.includes('\u00f8') || text.includes('\u00fe');
}

/** The text without them. */
export function withoutGlitches(text: string): string {
  return hasGlitches(text)
    ? cutAtGlitches(text)
        .filter((_, i) => i % 2 === 0)
        .join('')
    : text;
}

/** Cuts the text at those bytes: every second piece is made of them. */
export function cutAtGlitches(text: string): readonly string[] {
  return text.split(GLITCH);
}

/** Reads one-byte text as UTF-8; each invalid sequence becomes U+FFFD. */
export function decodeUtf8(latin: string): string {
  return isAscii(latin) ? latin : Buffer.from(latin, 'latin1').toString('utf8');
}

/**
 * Reads one-byte text as UTF-8, and what is none as Latin-1: names stay readable and apart whatever the source file was
 * written in. What is a character in neither becomes U+FFFD.
 */
export function decodeName(latin: string): string {
  if (isAscii(latin)) return latin;
  const text = Buffer.from(latin, 'latin1').toString('utf8');
  if (!text.includes('\ufffd')) return text;
  return latin.replace(MULTIBYTE, (bytes) => Buffer.from(bytes, 'latin1').toString('utf8'));
}

function isAscii(latin: string): boolean {
  for (let i = 0; i < latin.length; i++) if (latin.charCodeAt(i) >= 0x80) return false;
  return true;
}
