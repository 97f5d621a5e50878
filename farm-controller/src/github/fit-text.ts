/** Most bytes that GitHub takes of a summary or a text. It counts bytes, whatever its description says of characters. */
export const MAX_OUTPUT_BYTES = 65_535;

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** The beginning of `text` that fits into `maxBytes`, whole characters only; an ellipsis shows the cut. */
export function cutToBytes(text: string, maxBytes: number): string {
  // No character takes less than one byte for each of its units.
  if (text.length <= maxBytes && bytesOf(text) <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = Math.max(0, maxBytes - bytesOf('…'));
  // Not into the middle of a character: its further bytes are 10xxxxxx.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}…`;
}

/** Lines under a heading, the most important first. */
export interface Section {
  /** With the count of all. */
  readonly heading: string;
  /** Before the lines, such as the head of a table. */
  readonly intro?: string;
  readonly lines: readonly string[];
}

/** What stands for `left` lines that found no room. */
type Rest = (left: number) => string;

/**
 * Sections in the order of their importance, as much of them as fits: whole lines only, and what is left out is counted.
 */
export function fitSections(sections: readonly Section[], rest: Rest, maxBytes: number): string {
  const reserve = bytesOf(rest(999_999_999)) + 2;
  let room = maxBytes;
  const parts: string[] = [];
  for (const { heading, intro, lines } of sections.filter((each) => each.lines.length > 0)) {
    const head = intro === undefined ? `### ${heading}\n\n` : `### ${heading}\n\n${intro}\n`;
    if (bytesOf(head) + reserve > room) break;
    const body = fitLines(lines, rest, room - bytesOf(head));
    const part = `${head}${body}\n`;
    parts.push(part);
    // And the line between it and the next one.
    room -= bytesOf(part) + 1;
  }
  return parts.join('\n').slice(0, -1) || '';
}

function fitLines(lines: readonly string[], rest: Rest, room: number): string {
  const reserve = bytesOf(rest(lines.length)) + 3;
  let used = 0;
  const taken: string[] = [];
  for (const line of lines) {
    const isLast = taken.length === lines.length - 1;
    used += bytesOf(line) + 1;
    if (used + (isLast ? 3 : reserve) > room) break;
    taken.push(line);
  }
  const left = lines.length - taken.length;
  return left === 0 ? taken.join('\n') : [...taken, '', rest(left)].join('\n');
}
