/** Pieces that are joined early, so that a value that comes byte by byte does not hold a million entries. */
const MAX_PIECES = 1024;

/** Text gathered from pieces; keeps the first `capacity` characters and counts the rest. */
export class TextPile {
  #pieces: string[] = [];
  #kept = 0;
  #length = 0;

  constructor(readonly capacity: number) {}

  /** Characters pushed, with those that were not kept. */
  get length(): number {
    return this.#length;
  }

  get kept(): number {
    return this.#kept;
  }

  push(text: string): void {
    this.#length += text.length;
    const room = this.capacity - this.#kept;
    if (room <= 0 || text === '') return;
    const piece = text.length > room ? text.slice(0, room) : text;
    this.#kept += piece.length;
    this.#pieces.push(piece);
    if (this.#pieces.length >= MAX_PIECES) this.#pieces = [this.#pieces.join('')];
  }

  /** The text so far; the pile is empty after. */
  take(): string {
    const text = this.#pieces.length === 1 ? (this.#pieces[0] ?? '') : this.#pieces.join('');
    this.#pieces = [];
    this.#kept = 0;
    this.#length = 0;
    return text;
  }
}
