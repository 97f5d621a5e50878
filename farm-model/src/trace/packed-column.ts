/*
 * A column of numbers, packed: differences of neighbours, zigzag (0, -1, 1, -2 … become 0, 1, 2, 3 …), and of each 128 of
 * them as many bits as the largest needs.
 *
 *   ┌──────────────────────────────┬──────────────────────────────────────────┐
 *   │ bits of each 128, a byte each│ 32-bit words with the bits, lowest first │
 *   └──────────────────────────────┴──────────────────────────────────────────┘
 */
const STEP = 128;
const WORD_BITS = 32;

export interface PackedColumn {
  readonly widths: Uint8Array;
  readonly words: Uint32Array;
}

/** Packs columns of at most `capacity` numbers, again and again into the same memory. */
export class ColumnPacker {
  readonly #widths: Uint8Array;
  readonly #words: Uint32Array;
  readonly #zigzag = new Uint32Array(STEP);

  constructor(capacity: number) {
    this.#widths = new Uint8Array(Math.ceil(capacity / STEP));
    this.#words = new Uint32Array(Math.ceil(capacity / STEP) * STEP);
  }

  /** @returns views that are valid until the next call */
  pack(column: Uint32Array | Uint8Array, count: number): PackedColumn {
    const steps = Math.ceil(count / STEP);
    let previous = 0;
    let fill = 0;
    for (let step = 0; step < steps; step++) {
      const from = step * STEP;
      const width = this.#differences(column, from, Math.min(count, from + STEP), previous);
      this.#widths[step] = width;
      previous = column[Math.min(count, from + STEP) - 1] ?? 0;
      fill = this.#write(width, fill);
    }
    return { widths: this.#widths.subarray(0, steps), words: this.#words.subarray(0, fill) };
  }

  /** @returns the bits that the largest needs */
  #differences(column: Uint32Array | Uint8Array, from: number, to: number, before: number): number {
    const zigzag = this.#zigzag;
    let previous = before;
    let all = 0;
    for (let i = from; i < to; i++) {
      const value = column[i] ?? 0;
      const difference = (value - previous) | 0;
      previous = value;
      const folded = (difference << 1) ^ (difference >> 31);
      zigzag[i - from] = folded;
      all |= folded;
    }
    zigzag.fill(0, to - from);
    return WORD_BITS - Math.clz32(all);
  }

  #write(width: number, from: number): number {
    if (width === 0) return from;
    const words = this.#words;
    const zigzag = this.#zigzag;
    let fill = from;
    let word = 0;
    let bits = 0;
    for (let i = 0; i < STEP; i++) {
      const value = zigzag[i] ?? 0;
      word |= value << bits;
      bits += width;
      if (bits < WORD_BITS) continue;
      words[fill++] = word;
      bits -= WORD_BITS;
      word = bits === 0 ? 0 : value >>> (width - bits);
    }
    return fill;
  }
}

/** How many words follow these widths. @throws Error for widths that nothing was packed with */
export function packedWords(widths: Uint8Array): number {
  let bits = 0;
  for (const width of widths) {
    if (width > WORD_BITS) throw new Error(`a packed column with ${width} bits`);
    bits += width;
  }
  return (bits * STEP) / WORD_BITS;
}

/** The first `count` numbers. @param into - has room for a multiple of 128 */
export function unpackColumn(
  { widths, words }: PackedColumn,
  into: Uint32Array | Uint8Array,
): void {
  let previous = 0;
  let at = 0;
  for (const [step, width] of widths.entries()) {
    const from = step * STEP;
    if (width === 0) into.fill(previous, from, from + STEP);
    else
      previous = unpackStep(words.subarray(at), width, into.subarray(from, from + STEP), previous);
    at += (width * STEP) / WORD_BITS;
  }
}

function unpackStep(
  words: Uint32Array,
  width: number,
  into: Uint32Array | Uint8Array,
  before: number,
): number {
  const mask = width === WORD_BITS ? -1 : (1 << width) - 1;
  let previous = before;
  let at = 0;
  let bits = 0;
  for (let i = 0; i < STEP; i++) {
    let value = (words[at] ?? 0) >>> bits;
    bits += width;
    if (bits >= WORD_BITS) {
      bits -= WORD_BITS;
      at++;
      if (bits > 0) value |= (words[at] ?? 0) << (width - bits);
    }
    value &= mask;
    previous = (previous + ((value >>> 1) ^ -(value & 1))) | 0;
    into[i] = previous;
  }
  return previous;
}
