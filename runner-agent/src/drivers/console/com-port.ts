import type { Socket } from 'node:net';
import { within } from '../../deadline.js';
import {
  comPortBytes,
  DO,
  DONT,
  escapeData,
  OPTION,
  optionBytes,
  type TelnetListener,
  TelnetReader,
  WILL,
  WONT,
} from './telnet-stream.js';

const ANSWER_MS = 4000;
/** A server that knows the command answers at once. */
const FENCE_MS = 1000;
const SET_BAUD = 1;
const SET_CONTROL = 5;
const BREAK_ON = 5;
const BREAK_OFF = 6;
const PURGE = 12;
const PURGE_RECEIVED = 1;
/** The server answers a command with its number and 100 more. */
const ANSWER = 100;
const OURS: ReadonlySet<number> = new Set(Object.values(OPTION));

/** A serial port behind a telnet connection: what telnet, and RFC 2217 where it is spoken, add to the bytes. */
export class ComPort implements TelnetListener {
  readonly #socket: Socket;
  readonly #out: { data(bytes: Uint8Array): void };
  readonly #speaksRfc2217: boolean;
  readonly #reader = new TelnetReader(this);
  readonly #waiting = new Map<number, (payload: Uint8Array) => void>();
  #refuse: ((error: Error) => void) | undefined;
  #marked: () => void = () => undefined;

  constructor(socket: Socket, out: { data(bytes: Uint8Array): void }, speaksRfc2217: boolean) {
    this.#socket = socket;
    this.#out = out;
    this.#speaksRfc2217 = speaksRfc2217;
  }

  push(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  escape(bytes: Uint8Array): Uint8Array {
    return escapeData(bytes);
  }

  /** Agrees on bytes that pass unchanged and, by RFC 2217, on the speed. @throws Error when the server does not */
  async agree(baudRate: number): Promise<void> {
    for (const option of [OPTION.binary, OPTION.suppressGoAhead]) {
      this.#socket.write(optionBytes(WILL, option));
      this.#socket.write(optionBytes(DO, option));
    }
    if (!this.#speaksRfc2217) return;
    this.#socket.write(optionBytes(WILL, OPTION.comPort));
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(baudRate);
    const answer = Buffer.from(await this.#command(SET_BAUD, [...bytes]));
    const set = answer.length >= 4 ? answer.readUInt32BE() : 0;
    if (set !== baudRate) throw new Error(`the port runs at ${set} baud, not at ${baudRate}`);
  }

  async setBreak(isOn: boolean): Promise<void> {
    if (!this.#speaksRfc2217)
      throw new Error('a telnet connection cannot hold a break; use rfc2217');
    await this.#command(SET_CONTROL, [isOn ? BREAK_ON : BREAK_OFF]);
  }

  /**
   * Resolves when everything that the server held from before has arrived or, by RFC 2217, was dropped by it: its answer
   * comes behind that in the same stream. @throws DeadlineError when the server does not answer
   */
  async fence(): Promise<void> {
    if (this.#speaksRfc2217) {
      await this.#command(PURGE, [PURGE_RECEIVED], FENCE_MS);
      return;
    }
    const marked = new Promise<void>((resolve) => {
      this.#marked = resolve;
    });
    this.#socket.write(optionBytes(DO, OPTION.timingMark));
    await within(FENCE_MS, 'answer to a timing mark', marked);
  }

  data(bytes: Uint8Array): void {
    this.#out.data(bytes);
  }

  option(verb: number, option: number): void {
    if (option === OPTION.comPort && verb === DONT)
      this.#refuse?.(new Error('the server does not speak RFC 2217; use protocol: telnet'));
    if (option === OPTION.timingMark && (verb === WILL || verb === WONT)) this.#marked();
    if (OURS.has(option)) return;
    if (verb === DO) this.#socket.write(optionBytes(WONT, option));
    if (verb === WILL) this.#socket.write(optionBytes(DONT, option));
  }

  subnegotiation(option: number, [command = 0, ...payload]: Uint8Array): void {
    if (option === OPTION.comPort) this.#waiting.get(command)?.(Uint8Array.from(payload));
  }

  async #command(command: number, payload: readonly number[], ms = ANSWER_MS): Promise<Uint8Array> {
    const answered = new Promise<Uint8Array>((resolve, reject) => {
      this.#waiting.set(command + ANSWER, resolve);
      this.#refuse = reject;
    });
    this.#socket.write(comPortBytes(command, payload));
    try {
      return await within(ms, `answer to com port command ${command}`, answered);
    } finally {
      this.#waiting.delete(command + ANSWER);
      this.#refuse = undefined;
    }
  }
}
