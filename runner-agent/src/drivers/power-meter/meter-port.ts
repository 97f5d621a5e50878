import { SerialPort } from 'serialport';
import { within } from '../../deadline.js';
import { endReadsOnHangup } from '../console/hangup-guard.js';

const OPEN_MS = 5000;
const WRITE_MS = 2000;
/** A USB packet is 64 bytes; at 400 kB/s small reads cost more than what is read. */
const READ_BYTES = 64 * 1024;

/** The serial port of an instrument, held open for as long as it is used: some cut the board's supply when it closes. */
export class MeterPort {
  readonly path: string;
  readonly #port: SerialPort;
  #onBytes: (bytes: Uint8Array) => void = () => undefined;
  #onLost: ((error: Error) => void) | undefined;
  #silence: NodeJS.Timeout | undefined;

  private constructor(path: string, port: SerialPort) {
    this.path = path;
    this.#port = port;
    port.on('data', (bytes: Buffer) => {
      this.#silence?.refresh();
      this.#onBytes(bytes);
    });
    const gone = (error?: Error | null) =>
      this.#onLost?.(error ?? new Error('the port was closed'));
    port.on('close', gone);
    port.on('error', gone);
  }

  /** @throws Error when it cannot be opened */
  static async open(path: string, baudRate: number): Promise<MeterPort> {
    const port = new SerialPort({ path, baudRate, autoOpen: false, highWaterMark: READ_BYTES });
    endReadsOnHangup(port);
    const opened = new Promise<void>((resolve, reject) =>
      port.open((error) => (error ? reject(error) : resolve())),
    );
    await within(OPEN_MS, `opening ${path}`, opened);
    return new MeterPort(path, port);
  }

  get isOpen(): boolean {
    return this.#port.isOpen;
  }

  /** From now on what arrives goes to `onBytes`, and the loss of the port to `onLost`. */
  listen(onBytes: (bytes: Uint8Array) => void, onLost?: (error: Error) => void): void {
    this.#onBytes = onBytes;
    this.#onLost = onLost;
  }

  /** Takes it for lost when nothing arrives for `ms`. Ends with the listener. */
  expectBytesWithin(ms: number): void {
    const late = () => this.#onLost?.(new Error(`no sample within ${ms} ms`));
    this.#silence = setTimeout(late, ms);
  }

  /** Nobody listens any more. */
  ignore(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.listen(() => undefined);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const written = new Promise<void>((resolve, reject) =>
      this.#port.write(Buffer.from(bytes), undefined, (error) =>
        error ? reject(error) : resolve(),
      ),
    );
    await within(WRITE_MS, `writing to ${this.path}`, written);
  }

  /** Writes, and resolves with what was heard as soon as `isWhole` says so. @throws Error when the port is lost */
  async ask(bytes: Uint8Array, isWhole: (heard: string) => boolean, ms: number): Promise<string> {
    let heard = '';
    const answered = new Promise<string>((resolve, reject) => {
      this.listen((more) => {
        heard = (heard + Buffer.from(more).toString('latin1')).slice(-READ_BYTES);
        if (isWhole(heard)) resolve(heard);
      }, reject);
    });
    try {
      await this.write(bytes);
      return await within(ms, `answer from ${this.path}`, answered);
    } finally {
      answered.catch(() => undefined);
      this.ignore();
    }
  }

  async close(): Promise<void> {
    this.ignore();
    if (!this.#port.isOpen) return;
    const closed = new Promise<void>((resolve, reject) =>
      this.#port.close((error) => (error ? reject(error) : resolve())),
    );
    await within(WRITE_MS, `closing ${this.path}`, closed);
  }
}
