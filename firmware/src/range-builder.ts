import { hex, type ImageBytes } from './image-bytes.js';
import { ADDRESS_END, type LoadRange } from './load-range.js';

/** Before merging; an image with records in random order is still read. */
const MAX_RUNS = 65_536;

interface Run {
  readonly address: number;
  readonly start: number;
  size: number;
}

/**
 * Collects the many small records of HEX and UF2 files into few ranges over one buffer.
 * The capacity is bounded by the file: these formats never hold more than half of it.
 */
export class RangeBuilder {
  readonly #file: ImageBytes;
  readonly #buffer: Uint8Array;
  readonly #runs: Run[] = [];
  #used = 0;

  constructor(file: ImageBytes, capacity: number) {
    this.#file = file;
    this.#buffer = new Uint8Array(capacity);
  }

  /** @param offset - byte of the file where the record is, for messages */
  append(address: number, bytes: Uint8Array, offset: number): void {
    if (address + bytes.length > ADDRESS_END) {
      throw this.#file.broken(offset, `data at ${hex(address)} run over the last address`);
    }
    this.#buffer.set(bytes, this.#used);
    this.#runFor(address, offset).size += bytes.length;
    this.#used += bytes.length;
  }

  ranges(): LoadRange[] {
    return this.#runs.map((run) => ({
      address: run.address,
      bytes: this.#buffer.subarray(run.start, run.start + run.size),
    }));
  }

  #runFor(address: number, offset: number): Run {
    const last = this.#runs.at(-1);
    if (last && last.address + last.size === address) {
      return last;
    }
    if (this.#runs.length === MAX_RUNS) {
      const what = `it jumps between addresses more than ${MAX_RUNS} times`;
      throw this.#file.unsupported(offset, what, 'Sort it by address, for example with objcopy.');
    }
    const run = { address, start: this.#used, size: 0 };
    this.#runs.push(run);
    return run;
  }
}
