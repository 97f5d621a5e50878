import { visibleText } from '@greenrack/farm-model';
import { decodeUtf8, latinText } from '../session/latin-text.js';

/** Longest line that is kept, in bytes; what comes after on the same line is dropped here (the log has it). */
const MAX_LINE_BYTES = 8192;

/** A line as a person sees it, and when its end arrived. */
export interface ConsoleLine {
  readonly text: string;
  readonly atUs: number;
}

interface Chunk {
  readonly text: string;
  readonly atUs: number;
}

/** Cuts console bytes into lines, wherever they come apart; they wait here until they are asked for. */
export class ConsoleLines {
  readonly #chunks: Chunk[] = [];
  /** First character of the first chunk that belongs to no line yet. */
  #at = 0;
  #line = '';

  /** The line that has not ended yet, once all others have been taken. */
  get tail(): string {
    return seen(this.#line);
  }

  push(bytes: Uint8Array, atUs: number): void {
    this.#chunks.push({ text: latinText(bytes), atUs });
  }

  /** Undefined when what has arrived holds no further end of a line. */
  next(): ConsoleLine | undefined {
    for (let chunk = this.#chunks[0]; chunk; chunk = this.#chunks[0]) {
      const end = chunk.text.indexOf('\n', this.#at);
      this.#add(chunk.text.slice(this.#at, end < 0 ? undefined : end));
      if (end >= 0) {
        this.#at = end + 1;
        return { text: this.#take(), atUs: chunk.atUs };
      }
      this.#at = 0;
      this.#chunks.shift();
    }
    return undefined;
  }

  #add(text: string): void {
    const room = MAX_LINE_BYTES - this.#line.length;
    if (room > 0) this.#line += text.slice(0, room);
  }

  #take(): string {
    const line = seen(this.#line);
    this.#line = '';
    return line;
  }
}

/** Bytes 0xFE and 0xF8, which a UART sends when it is set up anew, are as little UTF-8 as 0xFF: none is shown. */
const seen = (latin: string): string => visibleText(decodeUtf8(latin));
