import { readFileSync } from 'node:fs';
import { io, type Socket } from 'socket.io-client';

const REPLY_MS = 30_000;

type Message = Readonly<Record<string, unknown>>;
type Said = readonly [name: string, message: Message];

/** What an order names that differs from one time to the next. */
export interface Order extends Message {
  readonly attemptId: string;
  readonly fence: number;
}

/**
 * An agent of an earlier release: what its link said and heard while two runs went over one board, a line of JSON each,
 * recorded at its socket. Nothing here is made by the schemas of today. It says again what it said, with the ids of the
 * orders that it is given now.
 */
export class RecordedAgent {
  readonly #said: readonly Said[];
  readonly #socket: Socket;
  readonly #orders: Order[] = [];
  #came: () => void = () => {};

  constructor(url: string, { token, file }: { token: string; file: string }) {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    this.#said = lines.map((line) => JSON.parse(line) as Said);
    this.#socket = io(`${url}/agent`, {
      transports: ['websocket'],
      auth: { token },
      autoConnect: false,
      forceNew: true,
    });
    this.#socket.on('assign', (order: Order, reply: (answer: object) => void) => {
      this.#orders.push(order);
      reply({ ok: true, accepted: true });
      this.#came();
    });
  }

  /** What it heard of this kind. */
  heard(name: string): Message[] {
    return this.#said.flatMap(([what, message]) => (what === `<${name}` ? [message] : []));
  }

  /** Greets the controller and shows its boards. Answers the welcome. */
  async join(): Promise<Message> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('connect_error', reject);
      this.#socket.connect();
    });
    const welcome = await this.#say('hello', this.#first('hello'));
    await this.#say('boards', this.#first('boards'));
    return welcome;
  }

  /** Waits for the next order and says all that was said of the `n`-th attempt. Answers the order. */
  async execute(n: number): Promise<Order> {
    const order = await this.#order(n);
    const { attemptId: then } = this.heard('assign')[n] as Order;
    for (const [name, message] of this.#said) {
      if (name.startsWith('<') || message.attemptId !== then) continue;
      const { attemptId, fence } = order;
      await this.#say(name, { ...message, ...withBytes(message), attemptId, fence });
    }
    return order;
  }

  close(): void {
    this.#socket.disconnect();
  }

  async #order(n: number): Promise<Order> {
    for (;;) {
      const order = this.#orders[n];
      if (order) return order;
      await new Promise<void>((resolve) => {
        this.#came = resolve;
      });
    }
  }

  #first(name: string): Message {
    const message = this.#said.find(([what]) => what === name)?.[1];
    if (!message) throw new Error(`the recording has no ${name}`);
    return message;
  }

  /** @throws Error when the controller refuses what its predecessor took */
  async #say(name: string, message: Message): Promise<Message> {
    const reply: Message = await this.#socket.timeout(REPLY_MS).emitWithAck(name, message);
    if (reply.ok !== true) throw new Error(`${name} was refused: ${JSON.stringify(reply)}`);
    return reply;
  }
}

/** Bytes are recorded in base 64. */
function withBytes({ data }: Message): { data?: Uint8Array } {
  return data ? { data: Buffer.from((data as { base64: string }).base64, 'base64') } : {};
}
