import { safeText } from './safe-text.js';

/** Narrower than this, in characters, a column of messages says nothing. */
const MIN_LAST = 24;
const INDENT = '    ';

/**
 * Rows under headings in columns as wide as their content. The last column takes what is left of `width` and is cut;
 * where too little is left, its cells stand below their rows. Without a `width` nothing is cut.
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width?: number,
): string {
  const cells = [headings, ...rows].map((row) => row.map(safeText));
  const widths = headings.map((_, i) => Math.max(...cells.map((row) => lengthOf(row[i]))));
  const last = headings.length - 1;
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0);
  const room = width === undefined ? Infinity : width - before;
  if (room >= Math.min(MIN_LAST, widths[last] ?? 0))
    return cells.map((row) => line(row, widths, room)).join('\n');
  const below = Math.max(MIN_LAST, (width ?? 0) - INDENT.length);
  const [head = [], ...body] = cells;
  const lines = body.flatMap((row) => {
    const text = cut(row[last] ?? '', below);
    return [line(row.slice(0, last), widths, room), ...(text === '' ? [] : [INDENT + text])];
  });
  return [line(head.slice(0, last), widths, room), ...lines].join('\n');
}

function line(row: readonly string[], widths: readonly number[], room: number): string {
  const padded = row.map((cell, i) =>
    i === widths.length - 1 ? cut(cell, room) : cell.padEnd(widths[i] ?? 0),
  );
  return padded.join('  ').trimEnd();
}

function cut(text: string, room: number): string {
  const chars = [...text];
  return chars.length <= room ? text : `${chars.slice(0, room - 1).join('')}…`;
}

const lengthOf = (cell: string | undefined): number => [...(cell ?? '')].length;

/** `0.4 s`, `12 s`, `3 min 5 s`; empty for null. */
export function duration(ms: number | null): string {
  if (ms === null) return '';
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A wall clock time as people sort it, in the zone of the machine. */
export function timeOf(ms: number | null): string {
  if (ms === null) return '';
  const date = new Date(ms);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `1 run`, `2 runs`. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;
