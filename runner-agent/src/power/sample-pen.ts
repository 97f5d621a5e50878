import type { SampleSink } from '../contracts/power-meter.js';

const BLOCK_SAMPLES = 4096;

/** Where a decoder writes samples: hands them on in blocks, and keeps the newest back while they may prove wrong. */
export class SamplePen {
  readonly codes: Uint32Array;
  readonly currentUa: Float32Array;
  readonly digital = new Uint8Array(BLOCK_SAMPLES);
  /** Where the next sample goes; the decoder moves it on. */
  fill = 0;
  readonly #sink: SampleSink;
  readonly #gapCode: number;
  #first = 0;

  /** @param isFloat - codes are the bits of the current: one memory serves both */
  constructor(sink: SampleSink, gapCode: number, isFloat = false) {
    this.#sink = sink;
    this.#gapCode = gapCode;
    this.codes = new Uint32Array(BLOCK_SAMPLES);
    this.currentUa = isFloat
      ? new Float32Array(this.codes.buffer)
      : new Float32Array(BLOCK_SAMPLES);
  }

  /** Samples so far, lost ones among them. */
  get position(): number {
    return this.#first + this.fill;
  }

  get space(): number {
    return BLOCK_SAMPLES - this.fill;
  }

  /** Hands on everything but the newest `held` samples. */
  flush(held = 0): void {
    const count = this.fill - held;
    if (count <= 0) return;
    this.#sink.samples({
      first: this.#first,
      codes: this.codes.subarray(0, count),
      currentUa: this.currentUa.subarray(0, count),
      digital: this.digital.subarray(0, count),
    });
    for (const column of [this.codes, this.digital]) column.copyWithin(0, count, this.fill);
    if (this.currentUa.buffer !== this.codes.buffer) this.currentUa.copyWithin(0, count, this.fill);
    this.#first += count;
    this.fill = held;
  }

  /** Takes back the newest samples, of those that were held. Answers how many there were. */
  takeBack(count: number): number {
    const taken = Math.min(count, this.fill);
    this.fill -= taken;
    return taken;
  }

  /** Puts down `count` samples as lost. The lines stay as they were. */
  lose(count: number, cause: string): void {
    if (count <= 0) return;
    const lines = this.fill > 0 ? (this.digital[this.fill - 1] ?? 0) : 0;
    this.#sink.gap({ first: this.position, count, cause });
    for (let left = count; left > 0; ) {
      if (this.space === 0) this.flush();
      const to = Math.min(BLOCK_SAMPLES, this.fill + left);
      this.codes.fill(this.#gapCode, this.fill, to);
      if (this.currentUa.buffer !== this.codes.buffer)
        this.currentUa.fill(Number.NaN, this.fill, to);
      this.digital.fill(lines, this.fill, to);
      left -= to - this.fill;
      this.fill = to;
    }
  }
}
