import { SerialPort } from 'serialport';
import { within } from '../../deadline.js';
import { endReadsOnHangup } from '../console/hangup-guard.js';

const OPEN_MS = 5000;
const WRITE_MS = 2000;
/** A USB packet is 64 bytes; at 400 kB/s small reads cost more than what is read. */
const READ_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);
/** An answer may come behind all that waited while this machine was busy; an instrument that talks for ever gives none. */
const MAX_ANSWER_MS = 60_000;
/** No answer is longer. */
const MAX_ANSWER_CHARS = 8192;
/** Silence is counted in parts: however long this process itself stood still, that is one of them. */
const SILENCE_PARTS = 4;

/** The serial port of an instrument, held open for as long as it is used: some cut the board's supply when it closes. */
export class MeterPort {
  readonly path: string;
  readonly #port: SerialPort;
  #onBytes: (bytes: Uint8Array) => void = () => undefined;
  #onLost: ((error: Error) => void) | undefined;
  #silence: NodeJS.Timeout | undefined;
  #silentParts = 0;
  #rest: Uint8Array = NOTHING;

  private constructor(path: string, port: SerialPort) {
    this.path = path;
    this.#port = port;
    port.on('data', (bytes: Buffer) => {
      this.#silentParts = 0;
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

  /** From now on what arrives goes to `onBytes`, and first what came behind the last answer; the loss of the port to `onLost`. */
  listen(onBytes: (bytes: Uint8Array) => void, onLost?: (error: Error) => void): void {
    const rest = this.#rest;
    this.#rest = NOTHING;
    this.#onBytes = onBytes;
    this.#onLost = onLost;
    if (rest.length > 0) onBytes(rest);
  }

  /** Takes it for lost when nothing arrives for `ms`. Ends with the listener. */
  expectBytesWithin(ms: number): void {
    this.#whenSilent(ms, () => this.#onLost?.(new Error(`no sample within ${ms} ms`)));
  }

  #whenSilent(ms: number, act: () => void): void {
    this.#silentParts = 0;
    clearInterval(this.#silence);
    this.#silence = setInterval(() => {
      if (++this.#silentParts <= SILENCE_PARTS) return;
      clearInterval(this.#silence);
      act();
    }, ms / SILENCE_PARTS);
  }

  /** Nobody listens any more. */
  ignore(): void {
    clearInterval(this.#silence);
    this.#rest = NOTHING;
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

  /**
   * Writes, and resolves with what was heard as soon as `answer` matches. What comes behind is kept for who listens next.
   * @param ms - for so long the instrument may say nothing at all
   * @param meanwhile - hears all that comes, for what was under way
   * @throws Error when the port is lost
   */
  async ask(
    bytes: Uint8Array,
    answer: RegExp,
    { ms, meanwhile }: { ms: number; meanwhile?: (bytes: Uint8Array) => void },
  ): Promise<string> {
    let heard = '';
    this.#rest = NOTHING;
    const answered = new Promise<string>((resolve, reject) => {
      this.listen((more) => {
        meanwhile?.(more);
        heard += Buffer.from(more).toString('latin1');
        const found = answer.exec(heard);
        if (!found) {
          heard = heard.slice(-MAX_ANSWER_CHARS);
          return;
        }
        const end = found.index + found[0].length;
        this.#keepRest(heard.slice(end));
        resolve(heard.slice(0, end));
      }, reject);
      this.#whenSilent(ms, () => reject(new Error(`no answer from ${this.path} within ${ms} ms`)));
    });
    try {
      await this.write(bytes);
      return await within(MAX_ANSWER_MS, `answer from ${this.path}`, answered);
    } catch (error) {
      answered.catch(() => undefined);
      this.ignore();
      throw error;
    } finally {
      clearInterval(this.#silence);
    }
  }

  #keepRest(text: string): void {
    this.#rest = Buffer.from(text, 'latin1');
    this.#onLost = undefined;
    this.#onBytes = (more) => {
      this.#rest = Buffer.concat([this.#rest, more]).subarray(-READ_BYTES);
    };
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
