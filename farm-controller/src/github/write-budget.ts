/**
 * GitHub lets an App make content 80 times a minute and, "in general", 500 times an hour; it does not say whether changing
 * a check counts. Both are kept for every write, with some room for what somebody else does with the same App.
 */
const LIMITS = [
  { spanMs: 60_000, writes: 72 },
  { spanMs: 3_600_000, writes: 490 },
] as const;

/** First pause when GitHub does not answer; it doubles up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Writes of one installation, and the pauses that GitHub asks for or needs. */
export class WriteBudget {
  /** Times of the writes of the longest span, oldest first. */
  #writes: number[] = [];
  #notBeforeMs = 0;
  #failures = 0;

  /** 0 when one more may be made now, and it is counted; else when to ask again. */
  take(nowMs: number): number {
    this.#writes = this.#writes.filter((ms) => ms > nowMs - LIMITS[1].spanMs);
    const waits = LIMITS.map(({ spanMs, writes }) => {
      const oldest = this.#writes.at(-writes);
      return oldest !== undefined && oldest + spanMs > nowMs ? oldest + spanMs : 0;
    });
    const untilMs = Math.max(...waits, this.#notBeforeMs > nowMs ? this.#notBeforeMs : 0);
    if (untilMs === 0) this.#writes.push(nowMs);
    return untilMs;
  }

  /** GitHub wants no request before then. */
  pauseUntil(ms: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, ms);
  }

  /** GitHub failed to answer. Returns when to try again; until then nobody does. */
  unanswered(nowMs: number): number {
    if (nowMs < this.#notBeforeMs) return this.#notBeforeMs;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.pauseUntil(nowMs + pauseMs);
    return this.#notBeforeMs;
  }

  answered(): void {
    this.#failures = 0;
  }
}
