import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { UsbHidPort } from '@greenrack/farm-protocol';
import { within } from '../../deadline.js';
import { ByteInbox } from './byte-inbox.js';

/** The number that Linux wants before a report of a device without report IDs (Documentation/hid/hidraw.rst). */
const NO_REPORT_ID = 0;
/** Larger than any report: dd hands on each as it reads it. */
const BLOCK_BYTES = 8192;
const MAX_UNREAD_BYTES = 64 * 1024;
const END_MS = 2000;

/**
 * Raw reports through /dev/hidrawN. A child reads, for Node could only read in a thread that nothing can stop when no
 * report comes. It shares our open file, so that nothing is lost before it runs.
 */
export class HidRaw implements UsbHidPort {
  readonly #file: FileHandle;
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;
  readonly #ended: Promise<unknown>;
  readonly #inbox: ByteInbox;

  private constructor(file: FileHandle, child: ChildProcess, signal: AbortSignal) {
    this.#file = file;
    this.#child = child;
    this.#signal = signal;
    const inbox = new ByteInbox(MAX_UNREAD_BYTES, signal);
    this.#inbox = inbox;
    this.#ended = once(child, 'close');
    child.stdout?.on('data', (bytes: Buffer) => inbox.push(bytes));
    const over = (): void => inbox.end();
    this.#ended.then(over, over);
  }

  /** @throws Error when the node cannot be opened */
  static async open(path: string, signal: AbortSignal): Promise<HidRaw> {
    const file = await open(path, constants.O_RDWR | constants.O_NOCTTY);
    const args = ['--pdeathsig', 'KILL', '--', 'dd', `bs=${BLOCK_BYTES}`, 'status=none'];
    const child = spawn('setpriv', args, { stdio: [file.fd, 'pipe', 'ignore'] });
    const port = new HidRaw(file, child, signal);
    try {
      await once(child, 'spawn');
      return port;
    } catch (error) {
      await port.close();
      throw error;
    }
  }

  async read(length: number, timeoutMs: number): Promise<Uint8Array | undefined> {
    const inbox = this.#inbox;
    await inbox.until(() => inbox.length >= length || inbox.isOver, timeoutMs);
    return inbox.length >= length ? inbox.take(length) : undefined;
  }

  async write(report: Uint8Array, timeoutMs: number): Promise<boolean> {
    const bytes = Uint8Array.of(NO_REPORT_ID, ...report);
    try {
      await within(timeoutMs, 'sending a report', this.#file.write(bytes));
      return true;
    } catch {
      // The kernel gives up by itself after 5 s; what it says of the device then is all that there is to say.
      this.#signal.throwIfAborted();
      return false;
    }
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    // A child that could not be started has no end to wait for.
    const over = this.#ended.catch(() => undefined);
    await within(END_MS, 'end of the child that reads reports', over);
    await this.#file.close();
  }
}
