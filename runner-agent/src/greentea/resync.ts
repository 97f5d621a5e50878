import type { SessionClock, Timer } from '../session/session-types.js';
import { encodeSync } from './outgoing-message.js';
import type { PacedWriter } from './paced-writer.js';
import type { SessionTiming } from './session-options.js';

/** Tries without an answer after which the firmware is given up; a restart may take longer than one wait. */
const MIN_TRIES = 3;

interface Wish {
  readonly value: string;
  readonly tries: number;
  readonly answered: () => void;
}

/**
 * Shakes hands again with firmware that restarted in the middle of its test. The value is the test's own, not a uuid:
 * some tests tell by it that this is not their first boot.
 */
export class Resync {
  #wish: Wish | undefined;
  #timer: Timer | undefined;

  /** @param onSilence The firmware did not answer any try. */
  constructor(
    private readonly clock: SessionClock,
    private readonly writer: PacedWriter,
    private readonly timing: SessionTiming,
    private readonly onSilence: (why: string) => void,
  ) {}

  /** Resolves at the echo of `value`; stays open when the run ends before. Rejects when the port takes no bytes. */
  async run(value: string): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#wish = { value, tries: 1, answered: resolve };
    });
    await this.#boardIsUp();
    await this.#ask();
    await answered;
  }

  /** Takes the value of a `__sync` message; true when it answers us. */
  echo(value: string): boolean {
    if (this.#wish?.value !== value) return false;
    const { answered } = this.#wish;
    this.stop();
    answered();
    return true;
  }

  stop(): void {
    this.#wish = undefined;
    this.#timer?.cancel();
  }

  /** Never resolves when the run ends before. */
  #boardIsUp(): Promise<void> {
    const delayMs = this.timing.resetDelayMs ?? 0;
    return new Promise((resolve) => {
      if (delayMs > 0) this.#timer = this.clock.setTimer(delayMs, resolve);
      else resolve();
    });
  }

  async #ask(): Promise<void> {
    const wish = this.#wish;
    if (!wish) return;
    const bytes = encodeSync(wish.value);
    const waitMs = this.timing.syncTimeoutMs + this.writer.paceMs(bytes.length);
    this.#timer = this.clock.setTimer(waitMs, () => this.#unanswered(wish));
    await this.writer.write(bytes);
  }

  #unanswered(wish: Wish): void {
    if (wish.tries >= Math.max(MIN_TRIES, this.timing.syncTries)) {
      this.stop();
      this.onSilence(`the firmware did not answer ${wish.tries} __sync after its restart`);
      return;
    }
    this.#wish = { ...wish, tries: wish.tries + 1 };
    // A port that takes no more bytes leaves the try unanswered, and the next one ends the run.
    this.#ask().catch(() => undefined);
  }
}
