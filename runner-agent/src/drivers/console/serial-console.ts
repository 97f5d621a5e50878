import { setTimeout as pause } from 'node:timers/promises';
import { SerialPort } from 'serialport';
import type { Console, ConsoleListener } from '../../contracts/console.js';
import { RunFault } from '../../contracts/run-fault.js';
import { messageOf, unlessAborted, within } from '../../deadline.js';
import { endReadsOnHangup } from './hangup-guard.js';
import { QuietWait } from './quiet-wait.js';

const OPEN_MS = 5000;
const CLOSE_MS = 2000;

export interface SerialSettings {
  /** Device file, such as `/dev/ttyACM0` or a pty. */
  readonly path: string;
  /** Without effect on a pty. */
  readonly baudRate: number;
}

/**
 * A console on a serial device. Lines other than data (break, DTR, RTS) are touched by {@link SerialConsole.sendBreak}
 * only: a pty refuses to set or read them.
 */
export class SerialConsole implements Console {
  readonly #settings: SerialSettings;
  readonly #quiet = new QuietWait({ quietMs: 50, atMostMs: 1000 });
  #port: SerialPort | undefined;
  #listener: ConsoleListener | undefined;
  #opening: Promise<void> | undefined;
  /** Rejects when the open port is lost: a write that was under way would never call back. */
  #lost: Promise<never> | undefined;

  constructor(settings: SerialSettings) {
    this.#settings = settings;
  }

  async open(listener: ConsoleListener, signal: AbortSignal): Promise<void> {
    const { path } = this.#settings;
    const port = new SerialPort({ ...this.#settings, autoOpen: false });
    this.#port = port;
    this.#listener = listener;
    endReadsOnHangup(port);
    this.#watch(port);
    const opened = new Promise<void>((resolve, reject) =>
      port.open((error) => (error ? reject(error) : resolve())),
    );
    this.#opening = within(OPEN_MS, `opening ${path}`, opened);
    try {
      await unlessAborted(signal, this.#opening);
    } catch (error) {
      this.#listener = undefined;
      signal.throwIfAborted();
      const cure = 'Check that the board is plugged in and that no other program has the port.';
      throw new RunFault('consoleLost', `${path}: ${messageOf(error)}. ${cure}`, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { path } = this.#settings;
    if (!this.#port?.isOpen || !this.#lost)
      throw new RunFault('consoleLost', `${path} is not open.`);
    const port = this.#port;
    const written = new Promise<void>((resolve, reject) => {
      port.write(
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        undefined,
        (error) => (error ? reject(error) : resolve()),
      );
    });
    try {
      await Promise.race([written, this.#lost]);
    } catch (error) {
      throw new RunFault('consoleLost', `writing to ${path}: ${messageOf(error)}`, error);
    }
  }

  /** Resolves when everything written has left the port. @throws RunFault when the port is lost or not open. */
  async drain(): Promise<void> {
    const { path } = this.#settings;
    const port = this.#port;
    if (!port?.isOpen || !this.#lost) throw new RunFault('consoleLost', `${path} is not open.`);
    const drained = new Promise<void>((resolve, reject) =>
      port.drain((error) => (error ? reject(error) : resolve())),
    );
    try {
      await Promise.race([drained, this.#lost]);
    } catch (error) {
      throw new RunFault('consoleLost', `writing to ${path}: ${messageOf(error)}`, error);
    }
  }

  /** Resolves when the device has been silent for a moment: what it held has been read then. */
  async settle(signal: AbortSignal): Promise<void> {
    await this.#quiet.settle(signal);
  }

  /** Drops what was written and has not left the port: closing would wait for it, up to half a minute. */
  async discardOutput(): Promise<void> {
    const port = this.#port;
    if (!port?.isOpen) return;
    const flushed = new Promise<void>((resolve, reject) =>
      port.flush((error) => (error ? reject(error) : resolve())),
    );
    await within(CLOSE_MS, `discarding what was written to ${this.#settings.path}`, flushed);
  }

  /** Holds the line low, then lets it go. @throws RunFault when the device cannot do that: a pty cannot. */
  async sendBreak(durationMs: number, ends?: () => void): Promise<void> {
    const { path } = this.#settings;
    await this.#setBreak(true);
    await pause(durationMs);
    ends?.();
    await within(OPEN_MS, `end of the break on ${path}`, this.#setBreak(false));
  }

  async close(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    this.#listener = undefined;
    // A port that is just being opened can only be closed afterwards; a failure to open was reported by `open`.
    await this.#opening?.catch(() => undefined);
    if (!port?.isOpen) return;
    const closed = new Promise<void>((resolve, reject) =>
      port.close((error) => (error ? reject(error) : resolve())),
    );
    try {
      await within(CLOSE_MS, `closing ${this.#settings.path}`, closed);
    } catch (error) {
      // The device went away while it was being closed: closed is closed.
      if (port.isOpen) throw new RunFault('consoleLost', messageOf(error), error);
    }
  }

  async #setBreak(brk: boolean): Promise<void> {
    const { path } = this.#settings;
    const port = this.#port;
    if (!port?.isOpen) throw new RunFault('consoleLost', `${path} is not open.`);
    const set = new Promise<void>((resolve, reject) =>
      port.set({ brk }, (error) => (error ? reject(error) : resolve())),
    );
    try {
      await set;
    } catch (error) {
      throw new RunFault('boardStartFailed', `break on ${path}: ${messageOf(error)}`, error);
    }
  }

  #watch(port: SerialPort): void {
    port.on('data', (bytes: Buffer) => {
      this.#quiet.heard();
      this.#listener?.data(bytes);
    });
    this.#lost = new Promise((_, reject) => {
      const gone = (error: Error | null | undefined): void => {
        reject(error ?? new Error('the port was closed'));
        this.#reportLoss(error);
      };
      port.on('close', gone);
      port.on('error', gone);
    });
    this.#lost.catch(() => undefined);
  }

  #reportLoss(error: Error | null | undefined): void {
    const listener = this.#listener;
    this.#listener = undefined;
    const what = error ? `: ${error.message}` : '';
    listener?.lost({
      reason: 'consoleLost',
      message: `The console ${this.#settings.path} vanished${what}. Check the board's cable and power.`,
    });
  }
}
