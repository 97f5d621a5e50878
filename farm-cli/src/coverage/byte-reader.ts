/** Takes exact numbers of bytes from a stream of pieces. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #held: Uint8Array[] = [];
  #size = 0;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#pieces = bytes[Symbol.asyncIterator]();
  }

  /** @throws Error when the stream ends before */
  async take(count: number): Promise<Buffer> {
    while (this.#size < count) {
      const { done, value } = await this.#pieces.next();
      if (done) throw new Error(`the archive is cut off: ${count - this.#size} bytes are missing`);
      this.#held.push(value);
      this.#size += value.byteLength;
    }
    const all = Buffer.concat(this.#held);
    this.#held = [all.subarray(count)];
    this.#size = all.length - count;
    return all.subarray(0, count);
  }
}
