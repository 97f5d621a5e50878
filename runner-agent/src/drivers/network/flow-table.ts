/**
 * Connections that a board has open, so that one board cannot use up what all share. Whoever is not heard of for
 * `idleMs` is forgotten.
 */
export class FlowTable {
  readonly #limit: number;
  readonly #idleMs: number;
  readonly #seenMs = new Map<number, number>();

  constructor({ limit, idleMs }: { readonly limit: number; readonly idleMs: number }) {
    this.#limit = limit;
    this.#idleMs = idleMs;
  }

  /** Notes that a flow is in use. False when there are too many, and this is a new one. */
  admit(flow: number, nowMs: number): boolean {
    if (!this.#seenMs.has(flow) && this.#seenMs.size >= this.#limit) this.#sweep(nowMs);
    if (!this.#seenMs.has(flow) && this.#seenMs.size >= this.#limit) return false;
    this.#seenMs.set(flow, nowMs);
    return true;
  }

  remove(flow: number): void {
    this.#seenMs.delete(flow);
  }

  #sweep(nowMs: number): void {
    for (const [flow, seenMs] of this.#seenMs)
      if (nowMs - seenMs >= this.#idleMs) this.#seenMs.delete(flow);
  }
}
