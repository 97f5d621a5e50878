import { access } from 'node:fs/promises';
import type { UsbLineCoding, UsbSerialPort } from '@greenrack/farm-protocol';
import { messageOf, within } from '../../deadline.js';
import { SerialConsole } from '../console/serial-console.js';
import { runTool } from '../tool/run-tool.js';
import { ByteInbox } from './byte-inbox.js';

const OPEN_BAUD = 9600;
const STTY_MS = 5000;
const MAX_UNREAD_BYTES = 1024 * 1024;

/**
 * A serial port of the board's own USB. Opening it asserts DTR, and so it stays: firmware takes a DTR that falls for a
 * host that has left.
 */
export class CdcPort implements UsbSerialPort {
  readonly #console: SerialConsole;
  readonly #path: string;
  readonly #signal: AbortSignal;
  readonly #inbox: ByteInbox;
  /** It did not take what was written. */
  #isStuck = false;

  private constructor(path: string, signal: AbortSignal) {
    this.#path = path;
    this.#signal = signal;
    this.#inbox = new ByteInbox(MAX_UNREAD_BYTES, signal);
    this.#console = new SerialConsole({ path, baudRate: OPEN_BAUD });
  }

  /** @throws RunFault when the port cannot be opened */
  static async open(path: string, signal: AbortSignal): Promise<CdcPort> {
    const port = new CdcPort(path, signal);
    const inbox = port.#inbox;
    const data = (bytes: Uint8Array): void => inbox.push(bytes);
    try {
      await port.#console.open({ data, lost: () => inbox.end() }, signal);
      return port;
    } catch (error) {
      // One that is given up while it opens may be open a moment later.
      await port.close();
      throw error;
    }
  }

  async gone(timeoutMs: number): Promise<boolean> {
    return await this.#inbox.until(() => this.#inbox.isOver, timeoutMs);
  }

  async read(timeoutMs: number): Promise<Uint8Array> {
    await this.#inbox.until(() => this.#inbox.length > 0 || this.#inbox.isOver, timeoutMs);
    return this.#inbox.take();
  }

  discardInput(): void {
    this.#inbox.take();
  }

  async write(bytes: Uint8Array, timeoutMs: number): Promise<boolean> {
    return await this.#taken(timeoutMs, this.#console.write(bytes));
  }

  async drain(timeoutMs: number): Promise<boolean> {
    return await this.#taken(timeoutMs, this.#console.drain());
  }

  /** serialport can change the speed only; stty sets everything in one go on the port that we hold open. */
  async setLineCoding(coding: UsbLineCoding): Promise<boolean> {
    const args = ['-F', this.#path, ...sttyArgs(coding)];
    const call = { executable: 'stty', args, timeoutMs: STTY_MS };
    const { how, code, output } = await runTool(call, this.#signal);
    if (how === 'exit' && code === 0) return true;
    if (this.#inbox.isOver || !(await exists(this.#path))) return false;
    const why = how === 'exit' ? output.trim() : how;
    throw new Error(
      `stty ${args.join(' ')}: ${why}. Use a kernel whose driver takes these settings`,
    );
  }

  async close(): Promise<void> {
    if (this.#isStuck && !this.#inbox.isOver) await this.#console.discardOutput();
    await this.#console.close();
  }

  /** An open port that takes no bytes is the device's doing. */
  async #taken(timeoutMs: number, work: Promise<void>): Promise<boolean> {
    try {
      await within(timeoutMs, `writing to ${this.#path}`, work);
      return true;
    } catch {
      this.#isStuck = true;
      this.#signal.throwIfAborted();
      return false;
    }
  }
}

const PARITY = {
  none: ['-parenb', '-parodd', '-cmspar'],
  odd: ['parenb', 'parodd', '-cmspar'],
  even: ['parenb', '-parodd', '-cmspar'],
  mark: ['parenb', 'parodd', 'cmspar'],
  space: ['parenb', '-parodd', 'cmspar'],
} as const;

function sttyArgs({ baudRate, dataBits, parity, stopBits }: UsbLineCoding): string[] {
  const stop = stopBits === 2 ? 'cstopb' : '-cstopb';
  return [String(baudRate), `cs${dataBits}`, ...PARITY[parity], stop];
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    (error: unknown) => !messageOf(error).includes('ENOENT'),
  );
}
