/** What may wait for a slow host test before the run is given up: hostile firmware may flood the console. */
export const MAX_QUEUED_ITEMS = 10_000;
export const MAX_QUEUED_CHARS = 8 * 1024 * 1024;

type Handler = () => void | Promise<void>;

/** Calls handlers one after the other. While none waits, a handler runs in the turn in which it is added. */
export class HandlerQueue {
  #waiting: { size: number; handler: Handler }[] = [];
  /** First of `#waiting` that is still to be called. */
  #next = 0;
  #waitingChars = 0;
  #busy = false;
  #stopped = false;

  /**
   * @param onFailure Gets what a handler threw, or why the queue overflowed; the owner stops the queue.
   * @param onIdle Called when the last waiting handler is done.
   */
  constructor(
    private readonly onFailure: (cause: unknown) => void,
    private readonly onIdle: () => void,
  ) {}

  get isIdle(): boolean {
    return !this.#busy && this.#next === this.#waiting.length;
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    this.#next = 0;
  }

  /** `size` is what the handler's arguments weigh, in characters. */
  add(size: number, handler: Handler): void {
    if (this.#stopped) return;
    if (this.#busy) this.#wait(size, handler);
    else this.#call(handler);
  }

  #wait(size: number, handler: Handler): void {
    this.#waiting.push({ size, handler });
    this.#waitingChars += size;
    const count = this.#waiting.length - this.#next;
    if (count > MAX_QUEUED_ITEMS || this.#waitingChars > MAX_QUEUED_CHARS)
      this.onFailure(new Error(`fell behind: ${count} messages and lines wait for it`));
  }

  #call(handler: Handler): void {
    this.#busy = true;
    try {
      const result = handler();
      if (!result) this.#busy = false;
      else
        result.then(
          () => this.#done(),
          (error: unknown) => this.#threw(error),
        );
    } catch (error) {
      this.#threw(error);
    }
  }

  #threw(error: unknown): void {
    if (!this.#stopped) this.onFailure(error);
  }

  #done(): void {
    this.#busy = false;
    while (!this.#busy && !this.#stopped) {
      const item = this.#waiting[this.#next];
      if (!item) break;
      this.#next++;
      this.#waitingChars -= item.size;
      this.#call(item.handler);
    }
    if (this.#stopped) return;
    this.#forgetCalled();
    if (this.isIdle) this.onIdle();
  }

  /** Frees the called handlers in big steps: shifting one at a time would be quadratic. */
  #forgetCalled(): void {
    if (this.#next < this.#waiting.length && this.#next < 1000) return;
    this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
  }
}
