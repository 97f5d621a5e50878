import { setMaxListeners } from 'node:events';
import {
  type AgentToController,
  type Assignment,
  type BoardStatus,
  boardsReportSchema,
  type ControllerToAgent,
  consoleChunkSchema,
  eventBatchSchema,
  FarmError,
  helloSchema,
  renewRequestSchema,
  textSchema,
} from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { Socket } from 'socket.io';
import { z } from 'zod';
import { within } from '../timing/within.js';
import { type WireListener, wireListener } from './link-edge.js';
import type { SessionHost } from './ports.js';

export type AgentSocket = Socket<AgentToController, ControllerToAgent>;

/** How long an agent may take to answer an order. Its journal is written before it answers. */
const ORDER_DEADLINE_MS = 10_000;
/** How long an agent may take to say that it is there. A hello of its namesake waits for that. */
const PRESENT_DEADLINE_MS = 3_000;

const orderReplySchema = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), code: textSchema(64), message: textSchema(4000) }),
]);

/**
 * What came of an order. `lost`: no answer, so nobody knows whether the agent has it; the connection is closed and the
 * next hello settles it.
 */
export type OrderOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'lost' };

/** One connection of one agent: checks what comes in and hands it on, and gives orders. */
export class AgentSession {
  readonly agent: string;
  readonly #socket: AgentSocket;
  readonly #host: SessionHost;
  readonly #log: Logger;
  readonly #gone = new AbortController();
  /** Set once hello has been answered; nothing else is taken before. */
  #greeted = false;
  readonly #greeting: Promise<void>;
  #endGreeting: () => void = () => {};
  /** Attempts that the welcome told the agent to start. */
  readonly #startedByWelcome = new Set<string>();
  /** Which process this is; empty before its hello, and of agents that do not say. */
  #instance = '';
  /** The machine that it says it runs on. */
  #machine = '';
  /** What the agent last said of its boards. */
  #statuses: readonly BoardStatus[] = [];

  constructor(socket: AgentSocket, agent: string, host: SessionHost) {
    this.agent = agent;
    this.#socket = socket;
    this.#host = host;
    // One listener per open order: as many as the rack has boards.
    setMaxListeners(0, this.#gone.signal);
    this.#log = host.log.child({ agent });
    this.#greeting = new Promise((resolve) => {
      this.#endGreeting = resolve;
    });
    this.#listen();
  }

  get greeted(): boolean {
    return this.#greeted;
  }

  /** The connection has ended. */
  get isGone(): boolean {
    return this.#gone.signal.aborted;
  }

  get statuses(): readonly BoardStatus[] {
    return this.#statuses;
  }

  /**
   * The machine of the agent's process when that is another one than `instance` and still answers. A process that does
   * not say which one it is has ended its own connections before it says hello.
   */
  async livesOn(instance: string): Promise<string | undefined> {
    if (instance !== '' && instance === this.#instance) return undefined;
    const limits = { ms: PRESENT_DEADLINE_MS, signal: this.#gone.signal };
    try {
      await within(limits, 'answer to "present"', this.#socket.emitWithAck('present'));
      return this.#machine;
    } catch {
      // A dead connection, whose end has not been noticed yet.
      return undefined;
    }
  }

  /**
   * Gives an attempt to the agent; `accepted` when it is in the agent's journal. During the greeting it waits: the
   * welcome may carry the same order.
   */
  async assign(assignment: Assignment): Promise<OrderOutcome> {
    if (!(await this.#isGreeted())) return { kind: 'lost' };
    if (this.#startedByWelcome.has(assignment.attemptId)) return { kind: 'accepted' };
    return this.#order('assign', this.#socket.emitWithAck('assign', assignment));
  }

  /** Stops an attempt. During the greeting it waits: the welcome may tell the agent to start that very attempt. */
  async cancel(attemptId: string, why: string): Promise<OrderOutcome> {
    if (!(await this.#isGreeted())) return { kind: 'lost' };
    return this.#order('cancel', this.#socket.emitWithAck('cancel', { attemptId, why }));
  }

  /** Ends the connection; the agent connects again. */
  disconnect(): void {
    this.#socket.disconnect(true);
  }

  /** Waits until the welcome has left; false when the connection went first. */
  async #isGreeted(): Promise<boolean> {
    await this.#greeting;
    return this.#greeted;
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on(
      'hello',
      this.#on(helloSchema, 'hello', (hello) => this.#hello(hello)),
    );
    socket.on(
      'boards',
      this.#on(boardsReportSchema, 'boards', async ({ boards }) => {
        this.#mustBeGreeted();
        this.#statuses = boards;
        await this.#host.boards(this, boards);
        return {};
      }),
    );
    socket.on(
      'events',
      this.#on(eventBatchSchema, 'events', (batch) => {
        this.#mustBeGreeted();
        return this.#host.events(this.agent, batch);
      }),
    );
    socket.on(
      'console',
      this.#on(consoleChunkSchema, 'console', (chunk) => {
        this.#mustBeGreeted();
        return this.#host.console(this.agent, chunk);
      }),
    );
    socket.on(
      'renew',
      this.#on(renewRequestSchema, 'renew', async ({ leases }) => {
        this.#mustBeGreeted();
        return { lost: await this.#host.renew(this.agent, leases) };
      }),
    );
    socket.on('disconnect', (reason) => {
      this.#log.info({ reason }, 'agent disconnected');
      this.#gone.abort(new Error('the agent has gone'));
      this.#endGreeting();
      this.#host.gone(this);
    });
  }

  async #hello(hello: z.infer<typeof helloSchema>): Promise<object> {
    if (hello.agent !== this.agent)
      throw new FarmError(
        'forbidden',
        `this token belongs to agent '${this.agent}', not to '${hello.agent}'; give each agent its own token, named like the agent`,
      );
    this.#instance = hello.instance ?? '';
    this.#machine = hello.host;
    const welcome = await this.#host.hello(this, hello);
    for (const attempt of welcome.attempts)
      if (attempt.order === 'start') this.#startedByWelcome.add(attempt.assignment.attemptId);
    this.#greeted = true;
    // After this turn of the event loop, so that no order overtakes the welcome.
    setImmediate(this.#endGreeting);
    return welcome;
  }

  #on<T extends z.ZodType>(
    schema: T,
    what: string,
    handle: (message: z.infer<T>) => Promise<object>,
  ): WireListener {
    const onAbuse = () => {
      this.#log.warn({ what }, 'agent asked for no reply: not the link protocol');
      this.disconnect();
    };
    return wireListener(schema, what, { handle, onAbuse, log: this.#log });
  }

  #mustBeGreeted(): void {
    if (!this.#greeted)
      throw new FarmError('unavailable', 'say hello and wait for the welcome first');
  }

  async #order(what: string, reply: Promise<unknown>): Promise<OrderOutcome> {
    try {
      const limits = { ms: ORDER_DEADLINE_MS, signal: this.#gone.signal };
      const answer = orderReplySchema.parse(await within(limits, 'answer to an order', reply));
      return answer.ok ? { kind: 'accepted' } : { kind: 'refused', ...answer };
    } catch (error) {
      this.#log.warn({ err: error, what }, 'no proper answer to an order: connection closed');
      this.disconnect();
      return { kind: 'lost' };
    }
  }
}
