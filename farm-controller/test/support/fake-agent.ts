import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import {
  type AgentToController,
  type Assignment,
  type AttemptEvent,
  type AttemptVerdict,
  type ControllerToAgent,
  type EndReason,
  type EventBody,
  encodeLogHeader,
  type HeldAttempt,
  type LinkReply,
  PROTOCOL_VERSION,
  type Welcome,
} from '@greenrack/farm-protocol';
import { io, type Socket } from 'socket.io-client';
import { until } from './until.js';

const REPLY_MS = 60_000;

/** How the agent treats orders: runs them to a pass at once, only notes them, refuses them, or never answers. */
export type Behaviour = 'pass' | 'hold' | 'refuse' | 'silent';

/** An agent on a real socket that speaks the link and does what the test says. */
export class FakeAgent extends EventEmitter {
  readonly name: string;
  behaviour: Behaviour = 'hold';
  /** Orders in the order of arrival. */
  readonly assigned: Assignment[] = [];
  readonly cancelled: string[] = [];
  readonly errors: unknown[] = [];
  finished = 0;
  readonly #socket: Socket<ControllerToAgent, AgentToController>;

  constructor(url: string, name: string, token: string) {
    super();
    this.name = name;
    this.#socket = io(`${url}/agent`, {
      transports: ['websocket'],
      auth: { token },
      autoConnect: false,
      reconnection: false,
      forceNew: true,
    });
    this.#socket.on('assign', (assignment, reply) => this.#assigned(assignment, reply));
    this.#socket.on('cancel', ({ attemptId }, reply) => {
      reply({ ok: true });
      this.cancelled.push(attemptId);
      this.emit('happened');
    });
    this.#socket.on('present', (reply) => {
      if (this.behaviour !== 'silent') reply({ ok: true });
    });
    this.#socket.on('disconnect', () => this.emit('happened'));
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('connect_error', reject);
      this.#socket.connect();
    });
  }

  disconnect(): void {
    this.#socket.disconnect();
  }

  hello(held: readonly HeldAttempt[] = [], more: object = {}): Promise<LinkReply<Welcome>> {
    const hello = {
      protocol: PROTOCOL_VERSION,
      agent: this.name,
      version: 'test',
      host: 'here',
      drivers: ['qemu'],
      instance: this.name,
      held: [...held],
      ...more,
    };
    return this.#socket.timeout(REPLY_MS).emitWithAck('hello', hello);
  }

  /** Connects, says hello, and reports all its boards usable. */
  async join(held: readonly HeldAttempt[] = [], more: object = {}): Promise<Welcome> {
    await this.connect();
    const welcome = granted(await this.hello(held, more));
    await this.report(welcome.boards.map(({ serial }) => serial));
    return welcome;
  }

  report(serials: readonly string[], usable = true): Promise<LinkReply<object>> {
    const boards = serials.map((serial) => ({ serial, usable, detail: 'looked at' }));
    return this.#socket.timeout(REPLY_MS).emitWithAck('boards', { boards });
  }

  events(order: Assignment, events: AttemptEvent[], fence = order.fence) {
    const batch = { attemptId: order.attemptId, fence, events };
    return this.#socket.timeout(REPLY_MS).emitWithAck('events', batch);
  }

  console(
    order: Assignment,
    offset: number,
    data: Uint8Array,
    { stream = 'console', fence = order.fence } = {},
  ) {
    const { attemptId } = order;
    const chunk = { attemptId, fence, stream, offset, data: Buffer.from(data) };
    return this.#socket.timeout(REPLY_MS).emitWithAck('console', chunk);
  }

  renew(orders: readonly Assignment[]) {
    const leases = orders.map(({ leaseId, fence }) => ({ leaseId, fence }));
    return this.#socket.timeout(REPLY_MS).emitWithAck('renew', { leases });
  }

  /** Sends something that the types forbid. */
  raw(event: string, message: unknown): Promise<LinkReply<object>> {
    return (this.#socket as unknown as Socket).timeout(REPLY_MS).emitWithAck(event, message);
  }

  /** Sends what no agent of ours would: an event without asking for a reply. */
  rawWithoutReply(event: string, message: unknown): void {
    (this.#socket as unknown as Socket).emit(event, message);
  }

  /** Reports a whole attempt with that verdict. */
  async complete(order: Assignment, verdict: AttemptVerdict = 'pass'): Promise<void> {
    const log = smallLog();
    granted(await this.console(order, 0, log));
    granted(await this.events(order, attemptEvents(order, log, verdict)));
    this.finished++;
    this.emit('happened');
  }

  /** Resolves when this many orders have come. */
  async orders(count: number): Promise<readonly Assignment[]> {
    await this.until(`${count} orders`, () => this.assigned.length >= count);
    return this.assigned;
  }

  async order(index = 0): Promise<Assignment> {
    const order = (await this.orders(index + 1))[index];
    if (!order) throw new Error('no such order');
    return order;
  }

  until(what: string, holds: () => boolean): Promise<void> {
    return until(`${what} at ${this.name}`, holds, (look) => {
      this.on('happened', look);
      return () => this.off('happened', look);
    });
  }

  #assigned(assignment: Assignment, reply: (r: LinkReply<{ accepted: true }>) => void): void {
    if (this.behaviour === 'refuse')
      reply({ ok: false, code: 'board_fault', message: 'no emulator' });
    else if (this.behaviour !== 'silent') reply({ ok: true, accepted: true });
    this.assigned.push(assignment);
    this.emit('happened');
    if (this.behaviour === 'pass')
      this.complete(assignment).catch((error: unknown) => this.errors.push(error));
  }
}

/** The reply, when it is a yes. */
export function granted<T>(reply: LinkReply<T>): T {
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
  return reply;
}

export function smallLog(): Uint8Array {
  return Buffer.concat([encodeLogHeader(1_000_000), Buffer.from([5, 4, 0x6f, 0x6b])]);
}

/** Begin and end of an attempt, from `firstSeq` on. */
export function attemptEvents(
  order: Assignment,
  log: Uint8Array,
  verdict: AttemptVerdict = 'pass',
): AttemptEvent[] {
  const bodies: EventBody[] = [
    {
      type: 'attemptBegin',
      boardSerial: order.board.serial,
      target: order.board.target,
      wallMs: 1_000_000,
    },
    endEvent(log, verdict),
  ];
  return bodies.map((body, i) => ({ seq: i + 1, atUs: i, body }));
}

/** Of verdicts that the firmware does not give. */
const REASONS: { readonly [verdict in AttemptVerdict]?: EndReason } = {
  infra: 'emulatorExited',
  cancelled: 'cancelled',
};

export function endEvent(log: Uint8Array, verdict: AttemptVerdict = 'pass'): EventBody {
  return {
    type: 'attemptEnd',
    verdict,
    reason: REASONS[verdict] ?? 'completed',
    message: '',
    consoleBytes: log.byteLength,
    consoleSha256: createHash('sha256').update(log).digest('hex'),
  };
}

export function held(order: Assignment, more: Partial<HeldAttempt> = {}): HeldAttempt {
  const { attemptId, leaseId, fence, board } = order;
  const rest = { state: 'running', lastSeq: 0, consoleBytes: 0 } as const;
  return { attemptId, leaseId, fence, boardSerial: board.serial, ...rest, ...more };
}
