/*
 * Greentea messages on the console, between any other text:
 *
 *   … text … {{ key ; value }} … text … CR LF
 *              │     └ 1 or more bytes, no '}' and no LF; '{' and ';' are fine
 *              └ 1 or more of A-Z a-z 0-9 _ -
 *
 * Equal to searching every line for \{\{([\w-]+);([^}]+)\}\} again and again, in one pass: a candidate that fails can
 * hold no other one that would succeed, except in its last '{'.
 *
 * Values that name a case may hold '}' as well, behind their first byte: a single one anywhere, and any number before
 * the last two, which close. Behind a '}' they hold no '{{', so that a cut message does not swallow the next one.
 */
import { isAscii } from 'node:buffer';
import { ConsoleTail } from './console-tail.js';
import { ForwardFinder } from './forward-finder.js';
import {
  cutAtGlitches,
  decodeName,
  decodeUtf8,
  hasGlitches,
  latinText,
  withoutGlitches,
  withoutLineNoise,
} from './latin-text.js';
import { LineSplitter } from './line-splitter.js';
import { TextPile } from './text-pile.js';

export { MAX_LINE_BYTES } from './line-splitter.js';
/** Longest key and value of a message, in bytes; anything longer is text. A coverage dump is one value. */
export const MAX_KEY_BYTES = 256;
export const MAX_VALUE_BYTES = 1024 * 1024;

/** Receives what the console said, in wire order. `atUs` is when the last byte of it arrived. */
export interface TokenHandler {
  onMessage(key: string, value: string, atUs: number): void;
  onLine(text: string, atUs: number): void;
  /** Something began like a message of the protocol and was none; its text is part of a line too. */
  onBroken?(text: string): void;
}

enum Mode {
  Text,
  /** The text so far ends with one '{'. */
  Brace,
  Key,
  Value,
  /** The value is followed by one '}'. */
  Closing,
  /** A name is closed; it may go on with a third '}'. */
  Closed,
  /** A name that holds a '}' is followed by one '{'. */
  NameBrace,
}

const NO_BYTES = new Uint8Array();
/** Messages whose value holds the name of a case. */
const NAMING: ReadonlySet<string> = new Set([
  '__testcase_name',
  '__testcase_start',
  '__testcase_finish',
]);
const OPEN = 0x7b;
const CLOSE = 0x7d;
const SEMICOLON = 0x3b;
const KEY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 && /[\w-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Splits console bytes into messages and lines; holds at most a line, a value and the tail. */
export class GreenteaScanner {
  #mode = Mode.Text;
  #stopped = false;
  #chunk: Uint8Array = NO_BYTES;
  /** Whether the chunk holds ASCII only; undefined until somebody needs to know. */
  #isAscii: boolean | undefined;
  #text = '';
  #atUs = 0;
  /** Up to where the loaded text is consumed by the token that is being handed out. */
  #tokenEnd = 0;
  #key = '';
  /** The value that is being read step by step names a case. */
  #isName = false;
  /** It holds a '}'. */
  #hasBrace = false;
  readonly #value = new TextPile(MAX_VALUE_BYTES);
  readonly #tail = new ConsoleTail();
  readonly #lineEnds = new ForwardFinder('\n');
  readonly #opens = new ForwardFinder('{{');
  readonly #closes = new ForwardFinder('}');
  readonly #lines: LineSplitter;

  /** @param interesting Lines that hold one of these are delivered even while not every line is wanted. */
  constructor(
    private readonly handler: TokenHandler,
    interesting: readonly string[] = [],
  ) {
    this.#lines = new LineSplitter(interesting, this.#lineEnds, (line, position) => {
      this.#tokenEnd = position;
      handler.onLine(line, this.#atUs);
    });
  }

  /** Whether every line is delivered; may change inside a handler and holds from the next line on. */
  get wantAllLines(): boolean {
    return this.#lines.wantAll;
  }

  set wantAllLines(all: boolean) {
    this.#lines.wantAll = all;
  }

  /** Characters that are held for later: bounded whatever arrives. */
  get retainedChars(): number {
    return this.#value.kept + this.#lines.kept + this.#tail.kept + this.#key.length;
  }

  /** A message with this key is being received. */
  isReading(key: string): boolean {
    return this.#key === key && this.#mode >= Mode.Value;
  }

  /** Last lines of the console up to the token that is being handed out (or the last byte), oldest first. */
  tailLines(count: number): string[] {
    const tail = decodeUtf8(this.#tail.with(this.#text.slice(0, this.#tokenEnd)));
    const lines = tail.split('\n').map((line) => line.replace(/\r+$/, ''));
    return lines.filter((line) => line !== '').slice(-count);
  }

  /** Hands nothing out any more, not even the rest of the chunk under way. */
  stop(): void {
    this.#stopped = true;
    this.#lines.stop();
  }

  /** Takes the next bytes, cut anywhere. The chunk may be reused after. */
  push(chunk: Uint8Array, atUs: number): void {
    if (this.#stopped) return;
    const text = withoutLineNoise(latinText(chunk));
    this.#chunk = chunk;
    this.#isAscii = undefined;
    if (hasGlitches(text)) this.#readPieces(cutAtGlitches(text), atUs);
    else this.#read(text, atUs);
  }

  #readPieces(pieces: readonly string[], atUs: number): void {
    for (const [i, piece] of pieces.entries())
      if (i % 2 === 0) this.#read(piece, atUs);
      else this.#readGlitch(piece);
  }

  #read(text: string, atUs: number): void {
    if (this.#stopped) return;
    this.#load(text, atUs);
    let pos = 0;
    while (pos < text.length && !this.#stopped) pos = this.#step(pos);
    if (this.#stopped) return;
    this.#tail.push(text);
    this.#load('', atUs);
  }

  /** Bytes that are noise everywhere but in a name. */
  #readGlitch(bytes: string): void {
    if (this.#mode === Mode.Value && this.#isName) this.#value.push(bytes);
  }

  #load(text: string, atUs: number): void {
    this.#text = text;
    this.#atUs = atUs;
    this.#tokenEnd = 0;
    for (const finder of [this.#lineEnds, this.#opens, this.#closes]) finder.load(text);
    this.#lines.load(text);
  }

  #step(pos: number): number {
    if (this.#mode === Mode.Text) return this.#readText(pos);
    if (this.#mode === Mode.Key) return this.#readKey(pos);
    if (this.#mode === Mode.Value) return this.#readValue(pos);
    if (this.#mode === Mode.Closed) return this.#readClosed(pos);
    if (this.#mode === Mode.NameBrace) return this.#readNameBrace(pos);
    return this.#mode === Mode.Brace ? this.#readSecondBrace(pos) : this.#readSecondClose(pos);
  }

  #readText(from: number): number {
    const pos = this.#lines.skipBareEnd(from);
    if (this.#opensAt(pos)) return this.#readOpened(pos + 2);
    const open = this.#opens.from(pos);
    const cutBrace = open === this.#text.length && this.#text.charCodeAt(open - 1) === OPEN;
    this.#lines.scan(pos, cutBrace ? open - 1 : open);
    if (open < this.#text.length) return this.#readOpened(open + 2);
    if (cutBrace) this.#mode = Mode.Brace;
    return open;
  }

  /** Cheaper than a search, where one message follows the other. */
  #opensAt(pos: number): boolean {
    return this.#text.charCodeAt(pos) === OPEN && this.#text.charCodeAt(pos + 1) === OPEN;
  }

  /** Most messages are whole in one chunk: those are cut out; anything else is read step by step. */
  #readOpened(pos: number): number {
    const keyEnd = this.#keyEnd(pos);
    const close = this.#wholeValueEnd(pos, keyEnd);
    if (close < 0) {
      this.#mode = Mode.Key;
      return pos;
    }
    this.#mode = Mode.Text;
    const key = this.#text.slice(pos, keyEnd);
    this.#handOut(key, this.#decode(key, this.#text.slice(keyEnd + 1, close)), close + 2);
    return close + 2;
  }

  #keyEnd(pos: number): number {
    const limit = Math.min(this.#text.length, pos + MAX_KEY_BYTES + 1);
    let end = pos;
    while (end < limit && KEY_BYTE[this.#text.charCodeAt(end)] === 1) end++;
    return end;
  }

  /** Where the value behind the key closes, or -1 when this is no message that the chunk holds whole. */
  #wholeValueEnd(pos: number, keyEnd: number): number {
    const keyLength = keyEnd - pos;
    if (keyLength === 0 || keyLength > MAX_KEY_BYTES) return -1;
    if (this.#text.charCodeAt(keyEnd) !== SEMICOLON) return -1;
    const close = this.#closes.from(keyEnd);
    const length = close - keyEnd - 1;
    const isWhole =
      this.#text.charCodeAt(close + 1) === CLOSE && this.#lineEnds.from(keyEnd) > close;
    if (!isWhole || length === 0 || length > MAX_VALUE_BYTES) return -1;
    return this.#mayGoOn(close + 2) && NAMING.has(this.#text.slice(pos, keyEnd)) ? -1 : close;
  }

  /** What stands behind '}}' is a third '}', or still unknown. */
  #mayGoOn(end: number): boolean {
    return end >= this.#text.length || this.#text.charCodeAt(end) === CLOSE;
  }

  #decode(key: string, value: string): string {
    this.#isAscii ??= isAscii(this.#chunk);
    if (this.#isAscii) return value;
    return NAMING.has(key) ? decodeName(value) : decodeUtf8(value);
  }

  #handOut(key: string, value: string, end: number): void {
    this.#lines.cut(end);
    this.#tokenEnd = end;
    if (!this.#stopped) this.handler.onMessage(key, value, this.#atUs);
  }

  #readSecondBrace(pos: number): number {
    if (this.#text.charCodeAt(pos) === OPEN) {
      this.#mode = Mode.Key;
      return pos + 1;
    }
    return this.#reject('{', pos);
  }

  #readKey(pos: number): number {
    const limit = Math.min(this.#text.length, pos + MAX_KEY_BYTES + 1 - this.#key.length);
    let end = pos;
    while (end < limit && KEY_BYTE[this.#text.charCodeAt(end)] === 1) end++;
    this.#key += this.#text.slice(pos, end);
    if (this.#key.length > MAX_KEY_BYTES) return this.#reject(`{{${this.#key}`, end);
    if (end === this.#text.length) return end;
    const byte = this.#text.charCodeAt(end);
    if (byte === SEMICOLON && this.#key !== '') {
      this.#isName = NAMING.has(this.#key);
      this.#mode = Mode.Value;
      return end + 1;
    }
    if (this.#key.startsWith('__')) this.#broken(`{{${this.#key}`);
    return byte === OPEN ? this.#restartAtBrace(end + 1) : this.#reject(`{{${this.#key}`, end);
  }

  /** The '{' that ended the key may open the next message: `{{{key;value}}`, `{{half{{key;value}}`. */
  #restartAtBrace(pos: number): number {
    if (this.#key === '') return this.#skipBraces(pos);
    this.#reject(`{{${this.#key}`, pos);
    this.#mode = Mode.Brace;
    return pos;
  }

  /** Of a run of braces the last two count. */
  #skipBraces(pos: number): number {
    let end = pos;
    while (this.#text.charCodeAt(end) === OPEN) end++;
    this.#lines.add(this.#text.slice(pos - 1, end));
    return end;
  }

  #readValue(pos: number): number {
    const close = this.#closes.from(pos);
    const end = Math.min(close, this.#lineEnds.from(pos));
    const tooLong = pos + MAX_VALUE_BYTES - this.#value.length;
    if (end > tooLong) return this.#rejectValue(pos, tooLong);
    if (end < close || (end === pos && this.#value.length === 0 && end < this.#text.length))
      return this.#rejectValue(pos, end);
    const piece = this.#text.slice(pos, end);
    const open = this.#hasBrace ? piece.indexOf('{') : -1;
    if (open >= 0) return this.#readNameTo(pos, pos + open);
    this.#value.push(piece);
    if (end === this.#text.length) return end;
    this.#mode = Mode.Closing;
    return end + 1;
  }

  #readNameTo(pos: number, open: number): number {
    this.#value.push(this.#text.slice(pos, open));
    this.#mode = Mode.NameBrace;
    return open + 1;
  }

  /** The second '{' opens a message: what came before it was cut. */
  #readNameBrace(pos: number): number {
    this.#mode = Mode.Value;
    if (this.#text.charCodeAt(pos) === OPEN) {
      this.#rejectValue(pos, pos);
      this.#mode = Mode.Key;
      return pos + 1;
    }
    this.#value.push('{');
    return pos;
  }

  #readSecondClose(pos: number): number {
    if (this.#text.charCodeAt(pos) === CLOSE) {
      this.#mode = Mode.Closed;
      return this.#isName ? pos + 1 : this.#readClosed(pos + 1);
    }
    this.#value.push('}');
    if (!this.#isName) return this.#rejectValue(pos, pos);
    this.#hasBrace = true;
    this.#mode = Mode.Value;
    return pos;
  }

  /** The last two braces close a name. */
  #readClosed(pos: number): number {
    if (this.#isName && this.#text.charCodeAt(pos) === CLOSE) {
      this.#value.push('}');
      return pos + 1;
    }
    const key = this.#key;
    const latin = this.#value.take();
    const value = this.#isName ? decodeName(latin) : decodeUtf8(latin);
    this.#startText();
    this.#handOut(key, value, pos);
    return pos;
  }

  #rejectValue(pos: number, end: number): number {
    this.#value.push(this.#text.slice(pos, end));
    const text = withoutGlitches(`{{${this.#key};${this.#value.take()}`);
    this.#broken(text);
    return this.#reject(text, end);
  }

  #broken(text: string): void {
    if (!this.#stopped) this.handler.onBroken?.(text);
  }

  /** It was no message: what was taken for one is text, and reading goes on at `pos`. */
  #reject(text: string, pos: number): number {
    this.#lines.add(text);
    this.#startText();
    return pos;
  }

  #startText(): void {
    this.#key = '';
    this.#hasBrace = false;
    this.#mode = Mode.Text;
  }
}
