import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { baudRateSchema, parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { BreakSender, ConsolePart, PartMaker } from '../../contracts/board-part.js';
import type { ConsoleListener } from '../../contracts/console.js';
import { RunFault } from '../../contracts/run-fault.js';
import { DeadlineError, messageOf, unlessAborted, within } from '../../deadline.js';
import { ComPort } from './com-port.js';
import { QuietWait } from './quiet-wait.js';

const OPEN_MS = 5000;
const WRITE_MS = 5000;
/** As much as a serial port delivers at once: the dearest text of that size costs a few milliseconds. */
const READ_BYTES = 4096;
const CURE = 'Check the serial port server, its network, and that nobody else has the port';

const paramsSchema = z.strictObject({
  host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/),
  tcpPort: z.number().int().min(1).max(65_535),
  baudRate: baudRateSchema.default(9600),
  /** `raw`: the server passes bytes as they are. There and with `telnet` its own settings say how fast. */
  protocol: z.enum(['rfc2217', 'telnet', 'raw']).default('rfc2217'),
});

/** A serial port of another machine, through ser2net or a terminal server. */
class NetworkConsole implements ConsolePart, BreakSender {
  readonly #params: z.infer<typeof paramsSchema>;
  /** Longer than bytes stay apart on their way through a network. */
  readonly #quiet = new QuietWait({ quietMs: 200, atMostMs: 2000 });
  #socket: Socket | undefined;
  #comPort: ComPort | undefined;

  constructor(params: z.infer<typeof paramsSchema>) {
    this.#params = params;
  }

  get #name(): string {
    return `${this.#params.host}:${this.#params.tcpPort}`;
  }

  async check(signal: AbortSignal): Promise<string> {
    // A server serves one client: while a run has the port, that it has it is proof enough.
    if (!this.#socket) {
      await this.open({ data: () => undefined, lost: () => undefined }, signal);
      await this.close();
    }
    return `${this.#params.protocol} at ${this.#name}, ${this.#params.baudRate} baud`;
  }

  async open(
    listener: ConsoleListener,
    signal: AbortSignal,
    baudRate = this.#params.baudRate,
  ): Promise<void> {
    signal.throwIfAborted();
    const { host, tcpPort, protocol } = this.#params;
    let take = (_bytes: Buffer): void => undefined;
    const socket = connect({
      ...{ host, port: tcpPort, noDelay: true },
      onread: {
        buffer: Buffer.alloc(READ_BYTES),
        callback: (length, buffer) => {
          take(Buffer.from(buffer.subarray(0, length)));
          // A socket with much to read delivers up to 2 MB at a stretch: others have their turn after each piece.
          setImmediate(() => socket.resume());
          return false;
        },
      },
    });
    this.#socket = socket;
    const gone = this.#watch(socket, listener);
    try {
      const connected = new Promise<void>((resolve) => socket.once('connect', resolve));
      const ready = protocol === 'raw' ? connected : connected.then(() => this.#agree(baudRate));
      const comPort =
        protocol === 'raw' ? undefined : new ComPort(socket, listener, protocol === 'rfc2217');
      this.#comPort = comPort;
      take = (bytes) => {
        this.#quiet.heard();
        if (comPort) comPort.push(bytes);
        else listener.data(bytes);
      };
      const opened = within(OPEN_MS, `opening ${this.#name}`, Promise.race([ready, gone]));
      await unlessAborted(signal, opened);
    } catch (error) {
      this.#forget();
      signal.throwIfAborted();
      throw this.#fault(error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    const socket = this.#opened();
    const sent = this.#comPort?.escape(bytes) ?? bytes;
    const written = new Promise<void>((resolve, reject) =>
      socket.write(sent, (error) => (error ? reject(error) : resolve())),
    );
    try {
      await within(WRITE_MS, `writing to ${this.#name}`, written);
    } catch (error) {
      throw this.#fault(error);
    }
  }

  async sendBreak(durationMs: number, ends?: () => void): Promise<void> {
    this.#opened();
    if (!this.#comPort) throw new Error('a raw connection cannot send a break; use rfc2217');
    await this.#comPort.setBreak(true);
    await pause(durationMs);
    ends?.();
    await this.#comPort.setBreak(false);
  }

  async settle(signal: AbortSignal): Promise<void> {
    this.#opened();
    try {
      if (this.#comPort) return await unlessAborted(signal, this.#comPort.fence());
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      // A server that knows no fence is listened to like a raw one.
    }
    await this.#quiet.settle(signal);
  }

  async close(): Promise<void> {
    this.#forget();
  }

  async #agree(baudRate: number): Promise<void> {
    await this.#comPort?.agree(baudRate);
  }

  /** Rejects when the connection ends; tells the listener too, unless it was closed on purpose. */
  #watch(socket: Socket, listener: ConsoleListener): Promise<never> {
    const gone = new Promise<never>((_, reject) => {
      let why = 'the server closed the connection';
      socket.on('error', (error) => {
        why = error.message;
      });
      socket.once('close', () => {
        reject(new Error(why));
        if (this.#socket !== socket) return;
        this.#forget();
        const message = `The console ${this.#name} vanished: ${why}. ${CURE}.`;
        listener.lost({ reason: 'consoleLost', message });
      });
    });
    gone.catch(() => undefined);
    return gone;
  }

  #opened(): Socket {
    if (this.#socket) return this.#socket;
    throw new RunFault('consoleLost', `${this.#name} is not open.`);
  }

  #forget(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#comPort = undefined;
    socket?.destroy();
  }

  #fault(error: unknown): RunFault {
    return new RunFault('consoleLost', `${this.#name}: ${messageOf(error)}. ${CURE}.`, error);
  }
}

export const maker: PartMaker<ConsolePart> = {
  create: (params, { where }) =>
    new NetworkConsole(parseOrThrow(paramsSchema, params, 'board_fault', where)),
};
