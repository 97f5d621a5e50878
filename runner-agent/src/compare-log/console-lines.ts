import { decodeUtf8, latinText } from '../greentea/latin-text.js';

/** Longest line that is kept, in bytes; what comes after on the same line is dropped here (the log has it). */
const MAX_LINE_BYTES = 8192;

/** Cuts console bytes into lines, wherever they come apart. */
export class ConsoleLines {
  #tail = '';

  /** @param onLine - takes a line without its end; false stops the rest of the chunk */
  constructor(private readonly onLine: (line: string) => boolean) {}

  /** The line that has not ended yet. */
  get tail(): string {
    return decodeUtf8(this.#tail);
  }

  push(bytes: Uint8Array): void {
    const text = latinText(bytes);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#add(text.slice(from, end));
      const line = withoutReturns(this.#tail);
      this.#tail = '';
      from = end + 1;
      if (!this.onLine(decodeUtf8(line))) return;
    }
    this.#add(text.slice(from));
  }

  #add(text: string): void {
    const room = MAX_LINE_BYTES - this.#tail.length;
    if (room > 0) this.#tail += text.slice(0, room);
  }
}

function withoutReturns(line: string): string {
  let end = line.length;
  while (end > 0 && line.charCodeAt(end - 1) === 0x0d) end--;
  return line.slice(0, end);
}
