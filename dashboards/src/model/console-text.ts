/*
 * Console bytes as text that loses nothing: valid UTF-8 is decoded, every other byte becomes the lone surrogate
 * U+DC80…U+DCFF (no valid text holds one). So a line is one string, a search runs on it as it stands, and what must
 * be shown escaped is decided when a row is drawn.
 */
const STRAY_BASE = 0xdc00;

const ascii = new TextDecoder('utf-8');

/** Length of the UTF-8 sequence that `lead` begins; 0 when it begins none. */
export function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

const SMALLEST = [0, 0, 0x80, 0x800, 0x10000];

/** The code point at `at`, or undefined when the bytes there are no UTF-8. */
function codePointAt(bytes: Uint8Array, at: number, length: number): number | undefined {
  let value = (bytes[at] ?? 0) & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i];
    if (next === undefined || (next & 0xc0) !== 0x80) return undefined;
    value = (value << 6) | (next & 0x3f);
  }
  const surrogate = value >= 0xd800 && value <= 0xdfff;
  const overlong = value < (SMALLEST[length] ?? 0);
  return surrogate || overlong || value > 0x10ffff ? undefined : value;
}

function decodeMixed(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    const length = sequenceLength(byte);
    const point = byte < 0x80 ? byte : length > 0 ? codePointAt(bytes, at, length) : undefined;
    text +=
      point === undefined ? String.fromCharCode(STRAY_BASE + byte) : String.fromCodePoint(point);
    at += point === undefined ? 1 : length;
  }
  return text;
}

/** Decodes bytes; none is dropped and none is merged. */
export function decodeBytes(bytes: Uint8Array): string {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] ?? 0) >= 0x80) return decodeMixed(bytes);
  return ascii.decode(bytes);
}

/** How many bytes at the end may be the start of a character whose rest has not come yet (0 to 3). */
export function cutSequenceBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return sequenceLength(byte) > back ? back : 0;
  }
  return 0;
}

const hex = (value: number, width: number) => value.toString(16).padStart(width, '0');

/** How a code unit that must never reach the screen as itself is written; undefined for harmless ones. */
function escapeOf(code: number): string | undefined {
  if (code >= STRAY_BASE && code <= 0xdfff) return `\\x${hex(code - STRAY_BASE, 2)}`;
  if (code === 0x0d) return '\\r';
  if (code === 0x00) return '\\0';
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return isInvisible(code) ? `\\u{${hex(code, 1)}}` : undefined;
}

/** C1 controls, marks that turn the direction of text, zero-width and line separators: all can make text lie. */
function isInvisible(code: number): boolean {
  return (
    (code >= 0x80 && code <= 0x9f) ||
    code === 0xad ||
    code === 0x61c ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff ||
    (code >= 0xfff0 && code <= 0xfffb)
  );
}

const TAB_STOP = 8;

export interface Segment {
  readonly kind: 'text' | 'escape';
  readonly text: string;
  /** Part of a search match. */
  readonly hit: boolean;
}

/** Harmless text takes one column per code unit; escapes take as many as they have characters. */
function shownText(text: string, index: number, column: number): { text: string; escape: boolean } {
  const code = text.charCodeAt(index);
  if (code === 0x09) return { text: ' '.repeat(TAB_STOP - (column % TAB_STOP)), escape: false };
  const high = code >= 0xd800 && code <= 0xdbff;
  if (high) return { text: text.slice(index, index + 2), escape: false };
  const escaped = escapeOf(code);
  return { text: escaped ?? text.charAt(index), escape: escaped !== undefined };
}

const PLAIN = /^[\x20-\x7e]*$/;

/** Columns that text takes in a fixed-width font when it begins at `column` of its line. */
export function columnsOf(text: string, column = 0): number {
  if (PLAIN.test(text)) return text.length;
  let columns = column;
  for (let i = 0; i < text.length; ) {
    const shown = shownText(text, i, columns);
    columns += shown.text.length;
    i += text.charCodeAt(i) === 0x09 || shown.escape ? 1 : shown.text.length;
  }
  return columns - column;
}

const isHit = (starts: readonly number[], length: number, index: number) =>
  starts.some((start) => index >= start && index < start + length);

/** Splits a line into runs of plain text and escapes, cut further where search matches begin and end. */
export function segmentsOf(text: string, needle: string): Segment[] {
  const starts = matchStarts(text, needle);
  if (starts.length === 0 && PLAIN.test(text)) return [{ kind: 'text', text, hit: false }];
  const segments: { kind: Segment['kind']; text: string; hit: boolean }[] = [];
  let column = 0;
  for (let i = 0; i < text.length; ) {
    const shown = shownText(text, i, column);
    const kind = shown.escape ? 'escape' : 'text';
    const hit = isHit(starts, needle.length, i);
    const last = segments.at(-1);
    if (last && last.kind === kind && last.hit === hit) last.text += shown.text;
    else segments.push({ kind, text: shown.text, hit });
    column += shown.text.length;
    i += text.charCodeAt(i) === 0x09 || shown.escape ? 1 : shown.text.length;
  }
  return segments;
}

/** Most matches marked in one row. */
const MAX_MARKS = 200;

/** Where `needle` (already lower case) occurs; matches do not overlap. */
function matchStarts(text: string, needle: string): number[] {
  if (needle === '') return [];
  const lower = text.toLowerCase();
  const starts: number[] = [];
  let at = lower.indexOf(needle);
  while (at >= 0 && starts.length < MAX_MARKS) {
    starts.push(at);
    at = lower.indexOf(needle, at + needle.length);
  }
  return starts;
}

/** The first `columns` columns of a row. */
export function cutSegments(segments: readonly Segment[], columns: number): Segment[] {
  const kept: Segment[] = [];
  let left = columns;
  for (const segment of segments) {
    if (left <= 0) break;
    kept.push(
      segment.text.length <= left ? segment : { ...segment, text: segment.text.slice(0, left) },
    );
    left -= segment.text.length;
  }
  return kept;
}
