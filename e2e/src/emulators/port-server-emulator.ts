import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/*
 * A serial port server (RFC 2217), written apart from the client: ff fa 2c <command> … ff f0 is a command, its answer
 * has a number that is 100 more; ff ff is a data byte 255; ff fb-fe <option> is about an option.
 */
const COMMAND = /^\xff\xfa\x2c((?:[^\xff]|\xff\xff)*)\xff\xf0/;
const REFUSAL = Buffer.from([255, 254, 44]);
const TIMING_MARK = '\xff\xfd\x06';
const NO_TIMING_MARK = Buffer.from([255, 252, 6]);
const PURGE_RECEIVED = '\u000c\u0001';
const BREAK_ON = '\u0005\u0005';
const BREAK_OFF = '\u0005\u0006';

/** A serial port behind the network: what ser2net does, with the faults that it may have. */
export class PortServerEmulator {
  readonly server = createServer((socket) => this.#serve(socket));
  /** Commands as they came. */
  readonly log: string[] = [];
  /** Every byte as it came. */
  heard = Buffer.alloc(0);
  client: Socket | undefined;
  /** Speaks telnet, and knows no com port option. */
  refuses = false;
  /** Passes bytes as they are. */
  isRaw = false;
  /** Says nothing to what few clients ask: timing marks, and what was received to be dropped. */
  isTaciturn = false;
  /** What the port received while nobody was there: handed to whoever connects. */
  backlog = Buffer.alloc(0);
  /** Returns every byte that it is sent for the board, as a terminal does. */
  echoes = false;
  /** The speed that it sets, whatever is asked for. */
  baud: number | undefined;
  /** Called at the beginning of a break, before the client is answered. */
  onHold: () => void = () => undefined;
  /** Called at the end of a break; the client is answered afterwards. */
  onBreak: () => Promise<void> = async () => undefined;
  #listener: (bytes: Buffer) => void = () => undefined;
  #pending = '';
  #work: Promise<void> = Promise.resolve();

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** What the board prints; nobody hears it while no client is there. */
  send(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString('latin1');
    this.client?.write(Buffer.from(this.isRaw ? text : doubled(text), 'latin1'));
  }

  /** Hands on what is written to the port. */
  onBytes(listener: (bytes: Buffer) => void): void {
    this.#listener = listener;
  }

  close(): void {
    this.client?.destroy();
    this.server.close();
  }

  #serve(socket: Socket): void {
    this.client = socket;
    this.#pending = '';
    this.send(this.backlog);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.client === socket) this.client = undefined;
    });
    socket.on('data', (bytes: Buffer) => {
      this.heard = Buffer.concat([this.heard, bytes]);
      this.#work = this.#work.then(async () => await this.#take(bytes.toString('latin1'), socket));
    });
  }

  async #take(text: string, socket: Socket): Promise<void> {
    this.#pending += text;
    for (let taken = 1; taken > 0; this.#pending = this.#pending.slice(taken))
      taken = await this.#next(socket);
  }

  /** Takes what stands first. Answers how many bytes that were; 0 when more must come. */
  async #next(socket: Socket): Promise<number> {
    const text = this.#pending;
    const data = this.isRaw ? text : /^(?:[^\xff]|\xff\xff)+/.exec(text)?.[0];
    if (data) {
      const bytes = this.isRaw ? data : data.replaceAll('\xff\xff', '\xff');
      this.#receive(Buffer.from(bytes, 'latin1'));
      return data.length;
    }
    const option = /^\xff[\xfb-\xfe](.)/s.exec(text);
    if (option) {
      if (this.refuses && option[1] === '\x2c') socket.write(REFUSAL);
      else if (option[0] === TIMING_MARK && !this.isTaciturn) socket.write(NO_TIMING_MARK);
      return option[0].length;
    }
    const command = COMMAND.exec(text);
    if (!command) return 0;
    const isMissed = this.isTaciturn && command[1] === PURGE_RECEIVED;
    if (!this.refuses && !isMissed) await this.#answer(command[0], command[1] ?? '', socket);
    return command[0].length;
  }

  #receive(bytes: Buffer): void {
    if (this.echoes) this.send(bytes);
    this.#listener(bytes);
  }

  async #answer(whole: string, command: string, socket: Socket): Promise<void> {
    this.log.push(whole);
    if (command === BREAK_ON) this.onHold();
    if (command === BREAK_OFF) await this.onBreak();
    const answer = Buffer.from(whole, 'latin1');
    answer[3] = (answer[3] ?? 0) + 100;
    if (answer[3] === 101 && this.baud !== undefined) answer.writeUInt32BE(this.baud, 4);
    // In two pieces, as networks cut.
    socket.write(answer.subarray(0, 5));
    socket.write(answer.subarray(5));
  }
}

const doubled = (text: string): string => text.replaceAll('\xff', '\xff\xff');
