import type { Crash } from '@greenrack/farm-protocol';
import type { ConsoleLogWriter } from '../console/console-log-writer.js';
import type { Console, ConsoleListener, ConsoleLoss } from '../contracts/console.js';
import type { RunSession } from '../session/run-session.js';
import type { SessionClock } from '../session/session-types.js';

export interface ConsoleTapOptions {
  readonly console: Console;
  readonly log: ConsoleLogWriter;
  readonly clock: SessionClock;
  /** Bytes that the log may have. */
  readonly maxBytes: number;
}

/**
 * Stands between the console and the session: every byte of either direction goes to the log first. The session hears
 * what comes after the board's reset: before it another program may have spoken, or this one in an earlier run.
 */
export class ConsoleTap implements ConsoleListener {
  readonly #options: ConsoleTapOptions;
  #session: RunSession | undefined;
  #loss: ConsoleLoss | undefined;
  #closed = false;
  #isOfThisRun = false;

  constructor(options: ConsoleTapOptions) {
    this.#options = options;
  }

  /** The crash that took the console with it, if that is how it went. */
  get crash(): Crash | undefined {
    return this.#loss?.crash;
  }

  /** From now on the session hears when the console is lost. */
  connect(session: RunSession): void {
    this.#session = session;
    if (this.#loss) session.portLost(this.#loss.reason, this.#loss.message);
  }

  /** The reset takes effect: from now on the session hears the console. */
  begin(): void {
    this.#isOfThisRun = true;
  }

  /** What comes from now on is not recorded. */
  close(): void {
    this.#closed = true;
  }

  data(bytes: Uint8Array): void {
    const atUs = this.#options.clock.nowUs();
    if (this.#closed) return;
    this.#options.log.record('rx', bytes, atUs);
    if (this.#isOfThisRun) this.#session?.push(bytes, atUs);
    if (this.#options.log.bytes > this.#options.maxBytes) this.#overflow();
  }

  restarted(): void {
    if (this.#isOfThisRun && !this.#closed) this.#session?.restarted?.();
  }

  lost(loss: ConsoleLoss): void {
    this.#loss = loss;
    this.#session?.portLost(loss.reason, loss.message);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#closed) this.#options.log.record('tx', bytes, this.#options.clock.nowUs());
    await this.#options.console.write(bytes);
  }

  #overflow(): void {
    this.#closed = true;
    const { maxBytes } = this.#options;
    const message = `The console log reached its limit of ${maxBytes} bytes. Print less, or raise the limit.`;
    this.#session?.portLost('outputLimit', message);
  }
}
