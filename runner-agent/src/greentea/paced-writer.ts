import type { SessionClock, SessionPort } from '../session/session-types.js';

/** Timers are no finer than this. */
const TICK_US = 1000;

/**
 * Writes messages whole and one after the other, with pauses for boards whose UART loses bytes of a burst. Who waits
 * for a write must have a deadline of their own: a port that vanished may never answer.
 */
export class PacedWriter {
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #group: number;
  readonly #pauseMs: number;

  constructor(
    private readonly port: Pick<SessionPort, 'write'>,
    private readonly clock: SessionClock,
    private readonly paceUsPerByte: number,
  ) {
    this.#group = paceUsPerByte > 0 ? Math.max(1, Math.floor(TICK_US / paceUsPerByte)) : 0;
    this.#pauseMs = Math.ceil((this.#group * paceUsPerByte) / 1000);
  }

  /** How long `bytes` take because of the pauses, in ms. */
  paceMs(bytes: number): number {
    return this.#group > 0 ? Math.ceil(bytes / this.#group) * this.#pauseMs : 0;
  }

  /** Resolves when all bytes are handed to the port; rejects with what the port says. Nothing is written after `close`. */
  write(bytes: Uint8Array): Promise<void> {
    const done = this.#last.then(() => this.#writeNow(bytes));
    this.#last = done.catch(() => undefined);
    return done;
  }

  close(): void {
    this.#closed = true;
  }

  async #writeNow(bytes: Uint8Array): Promise<void> {
    const step = this.#group || bytes.length;
    for (let pos = 0; pos < bytes.length && !this.#closed; pos += step) {
      await this.port.write(bytes.subarray(pos, pos + step));
      if (this.paceUsPerByte > 0) await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.clock.setTimer(this.#pauseMs, resolve);
    });
  }
}
