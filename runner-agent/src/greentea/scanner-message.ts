import { decodeName, decodeUtf8, withoutGlitches } from '../session/latin-text.js';
import { TextPile } from '../session/text-pile.js';
import {
  CLOSE,
  holdsName,
  keyEnd,
  MAX_KEY_BYTES,
  MAX_VALUE_BYTES,
  OPEN,
  SEMICOLON,
} from './scanner-grammar.js';
import type { ScannerWindow } from './scanner-window.js';

enum Mode {
  /** No message is under way. */
  None,
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

/** What becomes of a message that is read step by step. */
export interface ScannerMessageOwner {
  /** It is whole; `end` is the position after it. */
  whole(key: string, value: string, end: number): void;
  /** What was taken for a part of it is text. */
  text(text: string): void;
  /** It began like a message of the protocol and was none; `text` gets it too. */
  broken(text: string): void;
}

/**
 * A message, or what may become one, that no chunk holds whole: read byte group by byte group. A candidate that fails can
 * hold no other one that would succeed, except in its last '{'.
 */
export class ScannerMessage {
  #mode = Mode.None;
  #key = '';
  /** The value names a case. */
  #isName = false;
  /** It holds a '}'. */
  #hasBrace = false;
  readonly #value = new TextPile(MAX_VALUE_BYTES);

  constructor(
    private readonly window: ScannerWindow,
    private readonly owner: ScannerMessageOwner,
  ) {}

  get isUnderWay(): boolean {
    return this.#mode !== Mode.None;
  }

  get kept(): number {
    return this.#value.kept + this.#key.length;
  }

  /** A message with this key is being received. */
  isReading(key: string): boolean {
    return this.#key === key && this.#mode >= Mode.Value;
  }

  /** The text ends with one '{'. */
  beginAtBrace(): void {
    this.#mode = Mode.Brace;
  }

  /** The key comes next. */
  beginAtKey(): void {
    this.#mode = Mode.Key;
  }

  /** Bytes that are noise everywhere but in a name. */
  glitch(bytes: string): void {
    if (this.#mode === Mode.Value && this.#isName) this.#value.push(bytes);
  }

  /** Reads on at `pos`; answers where to go on. */
  read(pos: number): number {
    if (this.#mode === Mode.Key) return this.#readKey(pos);
    if (this.#mode === Mode.Value) return this.#readValue(pos);
    if (this.#mode === Mode.Closed) return this.#readClosed(pos);
    if (this.#mode === Mode.NameBrace) return this.#readNameBrace(pos);
    return this.#mode === Mode.Brace ? this.#readSecondBrace(pos) : this.#readSecondClose(pos);
  }

  #byteAt(pos: number): number {
    return this.window.text.charCodeAt(pos);
  }

  #readSecondBrace(pos: number): number {
    if (this.#byteAt(pos) === OPEN) {
      this.#mode = Mode.Key;
      return pos + 1;
    }
    return this.#reject('{', pos);
  }

  #readKey(pos: number): number {
    const { text } = this.window;
    const end = keyEnd(text, pos, this.#key.length);
    this.#key += text.slice(pos, end);
    if (this.#key.length > MAX_KEY_BYTES) return this.#reject(`{{${this.#key}`, end);
    if (end === text.length) return end;
    const byte = text.charCodeAt(end);
    if (byte === SEMICOLON && this.#key !== '') {
      this.#isName = holdsName(this.#key);
      this.#mode = Mode.Value;
      return end + 1;
    }
    if (this.#key.startsWith('__')) this.owner.broken(`{{${this.#key}`);
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
    while (this.#byteAt(end) === OPEN) end++;
    this.owner.text(this.window.text.slice(pos - 1, end));
    return end;
  }

  #readValue(pos: number): number {
    const { text, closes, lineEnds } = this.window;
    const close = closes.from(pos);
    const end = Math.min(close, lineEnds.from(pos));
    const tooLong = pos + MAX_VALUE_BYTES - this.#value.length;
    if (end > tooLong) return this.#rejectValue(pos, tooLong);
    if (end < close || (end === pos && this.#value.length === 0 && end < text.length))
      return this.#rejectValue(pos, end);
    const piece = text.slice(pos, end);
    const open = this.#hasBrace ? piece.indexOf('{') : -1;
    if (open >= 0) return this.#readNameTo(pos, pos + open);
    this.#value.push(piece);
    if (end === text.length) return end;
    this.#mode = Mode.Closing;
    return end + 1;
  }

  #readNameTo(pos: number, open: number): number {
    this.#value.push(this.window.text.slice(pos, open));
    this.#mode = Mode.NameBrace;
    return open + 1;
  }

  /** The second '{' opens a message: what came before it was cut. */
  #readNameBrace(pos: number): number {
    this.#mode = Mode.Value;
    if (this.#byteAt(pos) === OPEN) {
      this.#rejectValue(pos, pos);
      this.#mode = Mode.Key;
      return pos + 1;
    }
    this.#value.push('{');
    return pos;
  }

  #readSecondClose(pos: number): number {
    if (this.#byteAt(pos) === CLOSE) {
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
    if (this.#isName && this.#byteAt(pos) === CLOSE) {
      this.#value.push('}');
      return pos + 1;
    }
    const key = this.#key;
    const latin = this.#value.take();
    const value = this.#isName ? decodeName(latin) : decodeUtf8(latin);
    this.#end();
    this.owner.whole(key, value, pos);
    return pos;
  }

  #rejectValue(pos: number, end: number): number {
    this.#value.push(this.window.text.slice(pos, end));
    const text = withoutGlitches(`{{${this.#key};${this.#value.take()}`);
    this.owner.broken(text);
    return this.#reject(text, end);
  }

  /** It was no message: what was taken for one is text, and reading goes on at `pos`. */
  #reject(text: string, pos: number): number {
    this.owner.text(text);
    this.#end();
    return pos;
  }

  #end(): void {
    this.#key = '';
    this.#hasBrace = false;
    this.#mode = Mode.None;
  }
}
