import type { Readable } from 'node:stream';

/** Aborts work that has not moved for a time. Work that moves slowly may take as long as it likes. */
export class IdleLimit {
  readonly controller = new AbortController();
  readonly #ms: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
    this.moved();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  moved(): void {
    this.end();
    const why = new Error(`nothing moved for ${this.#ms} ms`);
    this.#timer = setTimeout(() => this.controller.abort(why), this.#ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  /** The pieces of a stream, which is destroyed when nothing comes for the time or nobody wants more. */
  async *over(stream: Readable): AsyncGenerator<Uint8Array> {
    const abort = () => stream.destroy(this.signal.reason);
    this.signal.addEventListener('abort', abort, { once: true });
    try {
      for await (const piece of stream) {
        // A reader that takes its time is not the stream's fault.
        this.end();
        yield piece as Uint8Array;
        this.moved();
      }
    } finally {
      this.signal.removeEventListener('abort', abort);
      stream.destroy();
    }
  }
}
