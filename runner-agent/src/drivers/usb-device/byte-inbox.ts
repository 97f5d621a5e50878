import { foundInTime } from '../watch/until-found.js';

/** Bytes that a device has sent and nobody has read yet. The last `maxBytes` are kept. */
export class ByteInbox {
  readonly #maxBytes: number;
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<() => void>();
  #unread = Buffer.alloc(0);
  #isOver = false;

  /** @param signal - when it is aborted, waits reject with its reason */
  constructor(maxBytes: number, signal: AbortSignal) {
    this.#maxBytes = maxBytes;
    this.#signal = signal;
  }

  get length(): number {
    return this.#unread.length;
  }

  /** Nothing more will come. */
  get isOver(): boolean {
    return this.#isOver;
  }

  push(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#unread, bytes]);
    this.#unread = all.subarray(Math.max(0, all.length - this.#maxBytes));
    this.#tell();
  }

  end(): void {
    this.#isOver = true;
    this.#tell();
  }

  /** Takes up to `length` bytes out. */
  take(length = this.#unread.length): Uint8Array {
    const bytes = this.#unread.subarray(0, length);
    this.#unread = this.#unread.subarray(length);
    return bytes;
  }

  /** Waits until `look` is content; false after `timeoutMs`. */
  async until(look: () => boolean, timeoutMs: number): Promise<boolean> {
    const subscribe = (listener: () => void) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    };
    const wait = { what: 'bytes', ms: timeoutMs, signal: this.#signal };
    const found = await foundInTime([{ subscribe }], async () => look() || undefined, wait);
    return found ?? false;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
