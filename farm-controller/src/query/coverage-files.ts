import { Turns } from '../timing/turns.js';
import { gather } from './gather.js';

/*
 * An image built for coverage prints each .gcda file as one line, also more than 100 kB long:
 *   {{__coverage_start;/build/src/main.gcda;6764636141…}} CR LF      two hex digits a byte, '.' for 0x00
 */
const BEGIN = '{{__coverage_start;';
const END = '}}';
/** Longest line that is taken for a file, in characters. */
const MAX_CHARS = 1024 * 1024;
const DATA = /^(?:\.|[0-9a-fA-F]{2})*$/;

export interface CoverageFile {
  /** As the firmware says it. */
  readonly path: string;
  /** Undefined when bytes were lost on the console. */
  readonly data: Buffer | undefined;
}

/**
 * The coverage files in what a board wrote, in its order. Holds one file at a time.
 * @param bytesAtOnce - a long line is searched again with each piece, so pieces should not be small
 */
export async function* coverageFiles(
  text: AsyncIterable<Uint8Array>,
  bytesAtOnce?: number,
): AsyncGenerator<CoverageFile> {
  let rest = '';
  // The log's pieces come from memory one after the other: nothing in between lets the event loop turn.
  const turns = new Turns();
  for await (const piece of gather(text, bytesAtOnce)) {
    rest += Buffer.from(piece).toString('latin1');
    for (let found = next(rest); found; found = next(rest)) {
      rest = found.rest;
      if (found.file) yield found.file;
      await turns.pass();
    }
    const begin = rest.indexOf(BEGIN);
    // Only what may become a file is kept: one under way, or the first characters of its begin.
    rest = begin < 0 ? rest.slice(-BEGIN.length) : rest.slice(begin);
    await turns.pass();
  }
}

/** The next file that is complete, damaged or too long, and what follows it; undefined when more text is needed. */
function next(text: string): { file?: CoverageFile; rest: string } | undefined {
  const begin = text.indexOf(BEGIN);
  if (begin < 0) return undefined;
  const from = begin + BEGIN.length;
  const end = text.indexOf(END, from);
  const lineEnd = text.indexOf('\n', from);
  const isCut = lineEnd >= 0 && (end < 0 || lineEnd < end);
  if (isCut) return { file: read(text.slice(from, lineEnd), false), rest: text.slice(lineEnd) };
  if (end >= 0) return { file: read(text.slice(from, end), true), rest: text.slice(end) };
  return text.length - from > MAX_CHARS ? { rest: text.slice(from) } : undefined;
}

function read(value: string, isWhole: boolean): CoverageFile {
  const cut = value.indexOf(';');
  const path = cut < 0 ? value : value.slice(0, cut);
  const digits = value.slice(cut + 1);
  const isReadable = isWhole && cut > 0 && DATA.test(digits);
  const data = isReadable ? Buffer.from(digits.replaceAll('.', '00'), 'hex') : undefined;
  return { path: Buffer.from(path.slice(0, 1000), 'latin1').toString('utf8'), data };
}
