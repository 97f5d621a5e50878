/*
 * Equal to searching every line for \{\{([\w-]+);([^}]+)\}\} again and again, in one pass; scanner-grammar.ts draws what
 * a message is. Those that a chunk holds whole are cut out of it; scanner-message.ts reads the others step by step.
 */
import { isAscii } from 'node:buffer';
import {
  cutAtGlitches,
  decodeName,
  decodeUtf8,
  hasGlitches,
  latinText,
  withoutLineNoise,
} from '../session/latin-text.js';
import { LineSplitter } from '../session/line-splitter.js';
import { ConsoleTail } from './console-tail.js';
import {
  CLOSE,
  holdsName,
  keyEnd,
  MAX_KEY_BYTES,
  MAX_VALUE_BYTES,
  OPEN,
  SEMICOLON,
} from './scanner-grammar.js';
import { ScannerMessage } from './scanner-message.js';
import { ScannerWindow } from './scanner-window.js';

/** Receives what the console said, in wire order. `atUs` is when the last byte of it arrived. */
export interface TokenHandler {
  onMessage(key: string, value: string, atUs: number): void;
  onLine(text: string, atUs: number): void;
  /** Something began like a message of the protocol and was none; its text is part of a line too. */
  onBroken?(text: string): void;
}

const NO_BYTES = new Uint8Array();

/** Splits console bytes into messages and lines; holds at most a line, a value and the tail. */
export class GreenteaScanner {
  #stopped = false;
  #chunk: Uint8Array = NO_BYTES;
  /** Whether the chunk holds ASCII only; undefined until somebody needs to know. */
  #isAscii: boolean | undefined;
  #atUs = 0;
  /** Up to where the loaded text is consumed by the token that is being handed out. */
  #tokenEnd = 0;
  readonly #window = new ScannerWindow();
  readonly #tail = new ConsoleTail();
  readonly #lines: LineSplitter;
  readonly #message: ScannerMessage;

  /** @param interesting Lines that hold one of these are delivered even while not every line is wanted. */
  constructor(
    private readonly handler: TokenHandler,
    interesting: readonly string[] = [],
  ) {
    this.#lines = new LineSplitter(interesting, this.#window.lineEnds, (line, position) => {
      this.#tokenEnd = position;
      handler.onLine(line, this.#atUs);
    });
    this.#message = new ScannerMessage(this.#window, {
      whole: (key, value, end) => this.#handOut(key, value, end),
      text: (text) => this.#lines.add(text),
      broken: (text) => {
        if (!this.#stopped) handler.onBroken?.(text);
      },
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
    return this.#message.kept + this.#lines.kept + this.#tail.kept;
  }

  /** A message with this key is being received. */
  isReading(key: string): boolean {
    return this.#message.isReading(key);
  }

  /** Last lines of the console up to the token that is being handed out (or the last byte), oldest first. */
  tailLines(count: number): string[] {
    const tail = decodeUtf8(this.#tail.with(this.#window.text.slice(0, this.#tokenEnd)));
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
      else this.#message.glitch(piece);
  }

  #read(text: string, atUs: number): void {
    if (this.#stopped) return;
    this.#load(text, atUs);
    let pos = 0;
    while (pos < text.length && !this.#stopped)
      pos = this.#message.isUnderWay ? this.#message.read(pos) : this.#readText(pos);
    if (this.#stopped) return;
    this.#tail.push(text);
    this.#load('', atUs);
  }

  #load(text: string, atUs: number): void {
    this.#atUs = atUs;
    this.#tokenEnd = 0;
    this.#window.load(text);
    this.#lines.load(text);
  }

  #readText(from: number): number {
    const { text, opens } = this.#window;
    const pos = this.#lines.skipBareEnd(from);
    // Cheaper than a search, where one message follows the other.
    if (text.charCodeAt(pos) === OPEN && text.charCodeAt(pos + 1) === OPEN)
      return this.#readOpened(pos + 2);
    const open = opens.from(pos);
    const cutBrace = open === text.length && text.charCodeAt(open - 1) === OPEN;
    this.#lines.scan(pos, cutBrace ? open - 1 : open);
    if (open < text.length) return this.#readOpened(open + 2);
    if (cutBrace) this.#message.beginAtBrace();
    return open;
  }

  /** Most messages are whole in one chunk: those are cut out; anything else is read step by step. */
  #readOpened(pos: number): number {
    const { text } = this.#window;
    const end = keyEnd(text, pos);
    const close = this.#wholeValueEnd(pos, end);
    if (close < 0) {
      this.#message.beginAtKey();
      return pos;
    }
    const key = text.slice(pos, end);
    this.#handOut(key, this.#decode(key, text.slice(end + 1, close)), close + 2);
    return close + 2;
  }

  /** Where the value behind the key closes, or -1 when this is no message that the chunk holds whole. */
  #wholeValueEnd(pos: number, end: number): number {
    const { text, closes, lineEnds } = this.#window;
    const keyLength = end - pos;
    if (keyLength === 0 || keyLength > MAX_KEY_BYTES) return -1;
    if (text.charCodeAt(end) !== SEMICOLON) return -1;
    const close = closes.from(end);
    const length = close - end - 1;
    const isWhole = text.charCodeAt(close + 1) === CLOSE && lineEnds.from(end) > close;
    if (!isWhole || length === 0 || length > MAX_VALUE_BYTES) return -1;
    return this.#mayGoOn(close + 2) && holdsName(text.slice(pos, end)) ? -1 : close;
  }

  /** What stands behind '}}' is a third '}', or still unknown. */
  #mayGoOn(end: number): boolean {
    const { text } = this.#window;
    return end >= text.length || text.charCodeAt(end) === CLOSE;
  }

  #decode(key: string, value: string): string {
    this.#isAscii ??= isAscii(this.#chunk);
    if (this.#isAscii) return value;
    return holdsName(key) ? decodeName(value) : decodeUtf8(value);
  }

  #handOut(key: string, value: string, end: number): void {
    this.#lines.cut(end);
    this.#tokenEnd = end;
    if (!this.#stopped) this.handler.onMessage(key, value, this.#atUs);
  }
}
