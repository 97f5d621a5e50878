/** Bytes of console kept as evidence. */
const TAIL_CHARS = 4096;

/** The last bytes of a console, so that what came before a failure can be shown although nobody read the lines. */
export class ConsoleTail {
  #pieces: string[] = [];
  #length = 0;

  get kept(): number {
    return this.#length;
  }

  push(text: string): void {
    this.#pieces.push(text.length > TAIL_CHARS ? text.slice(-TAIL_CHARS) : text);
    this.#length += Math.min(text.length, TAIL_CHARS);
    if (this.#length > 2 * TAIL_CHARS) this.#compact();
  }

  #compact(): void {
    const text = this.#pieces.join('').slice(-TAIL_CHARS);
    this.#pieces = [text];
    this.#length = text.length;
  }

  /** The last bytes (latin1) once `current`, which is not in the tail yet, is added. */
  with(current: string): string {
    return (this.#pieces.join('') + current.slice(-TAIL_CHARS)).slice(-TAIL_CHARS);
  }
}
