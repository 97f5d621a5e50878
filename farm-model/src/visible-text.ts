/*
 * What a terminal does not show (ECMA-48):
 *
 *   ESC [ 0x30–0x3F… 0x20–0x2F… 0x40–0x7E      control sequence: colour, cursor; also begun by U+009B
 *   ESC ] … BEL  or  ESC ] … ESC \             title and links; likewise ESC P, X, ^, _ and U+0090, 98, 9D, 9E, 9F
 *   ESC 0x20–0x2F… 0x30–0x7E                   character set, save cursor, reset
 */
const ESC = 0x1b;
const BEL = 0x07;
const TAB = 0x09;
const BACKSPACE = 0x08;
/** `[`, the letters that begin a string, and their one-byte forms. */
const CSI_LETTER = 0x5b;
const STRING_LETTERS = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f]);
const C1_CSI = 0x9b;
const C1_END = 0x9c;
const C1_STRINGS = new Set([0x90, 0x98, 0x9d, 0x9e, 0x9f]);
/** What stands for bytes that are no text. */
const REPLACEMENT = 0xfffd;
/** Longest sequence that is believed: what is longer lost its end to the line, and is text. */
const MAX_STRING_CHARS = 1024;
/** Any character that needs a look. */
const HIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\ufffd]/;

/**
 * One line as a person sees it on a terminal: without colour and other control sequences, NUL, line noise (U+FFFD) and
 * what a backspace took back. Takes time proportional to the line.
 */
export function visibleText(line: string): string {
  if (!HIDDEN.test(line)) return line;
  let shown = '';
  for (let at = 0; at < line.length; ) {
    const code = line.charCodeAt(at);
    const end = endOfSequence(line, at, code);
    if (end > at) at = end;
    else {
      if (code === BACKSPACE) shown = shown.slice(0, -1);
      else if (isText(code)) shown += line[at];
      at++;
    }
  }
  return shown;
}

const isText = (code: number): boolean =>
  code === TAB || (code !== REPLACEMENT && !isControl(code));

const isControl = (code: number): boolean => code < 0x20 || (code >= 0x7f && code <= 0x9f);

/** Where the sequence that begins at `at` is over; `at` when none does. */
function endOfSequence(line: string, at: number, code: number): number {
  if (code === C1_CSI) return endOfControl(line, at + 1);
  if (C1_STRINGS.has(code)) return endOfString(line, at, at + 1);
  if (code !== ESC) return at;
  const letter = line.charCodeAt(at + 1);
  if (letter === CSI_LETTER) return endOfControl(line, at + 2);
  if (STRING_LETTERS.has(letter)) return endOfString(line, at, at + 2);
  const last = skip(line, at + 1, 0x20, 0x2f);
  return skip(line, last, 0x30, 0x7e, last + 1);
}

function endOfControl(line: string, at: number): number {
  const last = skip(line, skip(line, at, 0x30, 0x3f), 0x20, 0x2f);
  return skip(line, last, 0x40, 0x7e, last + 1);
}

/** A string without an end is no string: only its introducer goes. */
function endOfString(line: string, begin: number, from: number): number {
  const until = Math.min(line.length, begin + MAX_STRING_CHARS);
  for (let at = from; at < until; at++) {
    const code = line.charCodeAt(at);
    if (code === BEL || code === C1_END) return at + 1;
    if (code === ESC && line[at + 1] === '\\') return at + 2;
    // Stopping at every other one keeps the time proportional to the line.
    if (isControl(code)) return from;
  }
  return from;
}

/** The first place from `at` on, and before `end`, whose character is not between both. */
function skip(line: string, at: number, low: number, high: number, end = line.length): number {
  let next = at;
  while (next < end && line.charCodeAt(next) >= low && line.charCodeAt(next) <= high) next++;
  return next;
}
