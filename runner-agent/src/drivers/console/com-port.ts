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
const SET_BAUD = 1;
const SET_CONTROL = 5;
const BREAK_ON = 5;
const BREAK_OFF = 6;
/** The server answers a command with its number and 100 more. */
const ANSWER = 100;
const OURS: ReadonlySet<number> = new Set(Object.values(OPTION));

/** A serial port behind a telnet connection: what RFC 2217 adds to the bytes. */
export class ComPort implements TelnetListener {
  readonly #socket: Socket;
  readonly #out: { data(bytes: Uint8Array): void };
  readonly #reader = new TelnetReader(this);
  readonly #waiting = new Map<number, (payload: Uint8Array) => void>();
  #refuse: ((error: Error) => void) | undefined;

  constructor(socket: Socket, out: { data(bytes: Uint8Array): void }) {
    this.#socket = socket;
    this.#out = out;
  }

  push(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  escape(bytes: Uint8Array): Uint8Array {
    return escapeData(bytes);
  }

  /** Agrees on bytes that pass unchanged, and on the speed. @throws Error when the server does not */
  async agree(baudRate: number): Promise<void> {
    for (const option of [OPTION.binary, OPTION.suppressGoAhead]) {
      this.#socket.write(optionBytes(WILL, option));
      this.#socket.write(optionBytes(DO, option));
    }
    this.#socket.write(optionBytes(WILL, OPTION.comPort));
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(baudRate);
    const answer = Buffer.from(await this.#command(SET_BAUD, [...bytes]));
    const set = answer.length >= 4 ? answer.readUInt32BE() : 0;
    if (set !== baudRate) throw new Error(`the port runs at ${set} baud, not at ${baudRate}`);
  }

  async setBreak(isOn: boolean): Promise<void> {
    await this.#command(SET_CONTROL, [isOn ? BREAK_ON : BREAK_OFF]);
  }

  data(bytes: Uint8Array): void {
    this.#out.data(bytes);
  }

  option(verb: number, option: number): void {
    if (option === OPTION.comPort && verb === DONT)
      this.#refuse?.(new Error('the server does not speak RFC 2217; use protocol: raw'));
    if (OURS.has(option)) return;
    if (verb === DO) this.#socket.write(optionBytes(WONT, option));
    if (verb === WILL) this.#socket.write(optionBytes(DONT, option));
  }

  subnegotiation(option: number, [command = 0, ...payload]: Uint8Array): void {
    if (option === OPTION.comPort) this.#waiting.get(command)?.(Uint8Array.from(payload));
  }

  async #command(command: number, payload: readonly number[]): Promise<Uint8Array> {
    const answered = new Promise<Uint8Array>((resolve, reject) => {
      this.#waiting.set(command + ANSWER, resolve);
      this.#refuse = reject;
    });
    this.#socket.write(comPortBytes(command, payload));
    try {
      return await within(ANSWER_MS, `answer to com port command ${command}`, answered);
    } finally {
      this.#waiting.delete(command + ANSWER);
      this.#refuse = undefined;
    }
  }
}
