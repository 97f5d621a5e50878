/** Reasons are made by firmware: no more kinds than this are told apart. */
const MAX_REASONS = 8;

/** Counts frames for one line in the record of the attempt. */
export class TrafficCount {
  #fromBoard = 0;
  #toBoard = 0;
  #dropped = 0;
  readonly #reasons = new Map<string, number>();

  fromBoard(): void {
    this.#fromBoard++;
  }

  toBoard(): void {
    this.#toBoard++;
  }

  dropped(why: string): void {
    this.#dropped++;
    const before = this.#reasons.get(why);
    if (before !== undefined || this.#reasons.size < MAX_REASONS)
      this.#reasons.set(why, (before ?? 0) + 1);
  }

  /** Undefined when there was no frame. */
  summary(): string | undefined {
    if (this.#fromBoard + this.#toBoard + this.#dropped === 0) return undefined;
    const base = `${this.#fromBoard} frames from the board, ${this.#toBoard} to it, ${this.#dropped} dropped`;
    if (this.#dropped === 0) return base;
    const told = [...this.#reasons].map(([why, times]) =>
      times === 1 ? why : `${why} (${times})`,
    );
    const sum = [...this.#reasons.values()].reduce((a, b) => a + b, 0);
    const rest = this.#dropped - sum;
    return `${base}: ${told.join(', ')}${rest === 0 ? '' : `, others (${rest})`}`;
  }
}
