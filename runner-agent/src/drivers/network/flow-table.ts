export interface FlowLimits {
  readonly limit: number;
  /** A flow of which nothing was heard for so long is forgotten. */
  readonly idleMs: number;
  /** The same once its far end has closed it. Default `idleMs`. */
  readonly closingMs?: number;
}

interface Flow {
  seenMs: number;
  isClosing: boolean;
}

/**
 * Connections that a board has open, so that one board cannot use up what all share. What a board or the network says of
 * the end of one is not believed at once: a peer keeps a connection for a while, whatever frames went by here.
 */
export class FlowTable {
  readonly #limits: FlowLimits;
  readonly #flows = new Map<number, Flow>();

  constructor(limits: FlowLimits) {
    this.#limits = limits;
  }

  /** Notes that a flow begins or is in use. False when there are too many, and this is a new one. */
  admit(flow: number, nowMs: number): boolean {
    if (this.touch(flow, nowMs)) return true;
    if (this.#flows.size >= this.#limits.limit) this.#sweep(nowMs);
    if (this.#flows.size >= this.#limits.limit) return false;
    this.#flows.set(flow, { seenMs: nowMs, isClosing: false });
    return true;
  }

  /** Notes that a flow is in use. False when it is not known. */
  touch(flow: number, nowMs: number): boolean {
    const known = this.#flows.get(flow);
    if (known) known.seenMs = nowMs;
    return known !== undefined;
  }

  /** The far end has closed the flow. */
  closing(flow: number): void {
    const known = this.#flows.get(flow);
    if (known) known.isClosing = true;
  }

  #sweep(nowMs: number): void {
    const { idleMs, closingMs = idleMs } = this.#limits;
    for (const [flow, { seenMs, isClosing }] of this.#flows)
      if (nowMs - seenMs >= (isClosing ? closingMs : idleMs)) this.#flows.delete(flow);
  }
}
