import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  AGENT_FEATURES,
  type Assignment,
  type AttemptOrder,
  assignmentSchema,
  type BoardStatus,
  cancelOrderSchema,
  FarmError,
  type Hello,
  type LinkReply,
  PROTOCOL_VERSION,
  parseOrThrow,
  type Welcome,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { messageOf } from '../deadline.js';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import type { Refusal } from '../journal/refused-attempts.js';
import type { Logger } from '../logger.js';
import { AttemptReports } from './attempt-reports.js';
import { LeaseRenewal } from './lease-renewal.js';
import { LinkConnection } from './link-connection.js';
import { type AgentSocket, ask } from './link-socket.js';
import { readWelcome, welcomeOutlineSchema } from './read-welcome.js';
import { steadyDownload } from './steady-download.js';

const nothingSchema = z.object({});
const renewReplySchema = z.object({ lost: z.array(z.string().max(64)).max(4000) });

export interface ControllerLinkOptions {
  /** Controllers in order of preference; at least one. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly identity: Pick<Hello, 'agent' | 'version' | 'drivers' | 'hostTests'>;
  readonly log: Logger;
}

/** Every attempt held, by its id. */
type Journals = ReadonlyMap<string, AttemptJournal>;
/** What to do with one of them. */
type HeldOrder = Exclude<AttemptOrder, { order: 'start' }>;

/** What the link asks of the agent. */
export interface LinkHost {
  /** Every attempt held, running or ended. */
  journals(): AttemptJournal[];
  /** Resolves when the assignment is safe in the journal. @throws FarmError */
  accept(assignment: Assignment): Promise<void>;
  cancel(attemptId: string, why: string): void;
  /** Forgets an attempt, stopping it if it runs. */
  drop(attemptId: string, why: string): Promise<void>;
  /**
   * The controller will never take what this attempt reports: it is ended with that as its cause. Resolves to the
   * journal to report instead; undefined when the attempt has been forgotten.
   */
  refused(attemptId: string, refusal: Refusal): Promise<AttemptJournal | undefined>;
  /** The controller has greeted us: these are our boards. */
  welcomed(welcome: Welcome): void;
}

/** The agent's end of the link to the controllers: greets, reconciles, reports, obeys. */
export class ControllerLink {
  readonly #options: ControllerLinkOptions;
  readonly #instance = randomUUID();
  readonly #host: LinkHost;
  readonly #connection: LinkConnection;
  readonly #reports: AttemptReports;
  readonly #renewal: LeaseRenewal;
  /** The socket after the controller's welcome: only then may anything be reported on it. */
  #greeted: AgentSocket | undefined;
  readonly #welcomes = new Set<() => void>();

  constructor(options: ControllerLinkOptions, host: LinkHost) {
    this.#options = options;
    this.#host = host;
    const broken = (why: string): void => this.#connection.broken(why);
    const drop = async (id: string, why: string): Promise<void> => await host.drop(id, why);
    this.#reports = new AttemptReports({
      log: options.log,
      drop,
      replace: async (id, refusal) => await host.refused(id, refusal),
      replaced: (journal) => this.track(journal),
      broken,
    });
    this.#connection = new LinkConnection({
      ...options,
      opening: (socket) => this.#listen(socket),
      connected: (socket) => void this.#greet(socket),
      ended: () => this.#pause(),
    });
    this.#renewal = new LeaseRenewal({
      leases: () =>
        host.journals().map(({ assignment: { leaseId, fence } }) => ({ leaseId, fence })),
      renew: async (request) =>
        this.#greeted ? (await ask(this.#greeted, ['renew', request], renewReplySchema)).lost : [],
      lost: (leaseIds) => this.#leasesLost(leaseIds),
      failed: (error) => broken(`lease renewal: ${messageOf(error)}`),
    });
  }

  /** Connects, and stays connected until {@link close}. */
  open(): void {
    this.#connection.open();
  }

  close(): void {
    this.#connection.close();
  }

  /** Reports an attempt that was accepted just now. */
  track(journal: AttemptJournal): void {
    if (this.#greeted) this.#reports.resume(journal, this.#greeted, { seq: 0, streams: {} });
  }

  /** Reports nothing more of an attempt. */
  untrack(attemptId: string): void {
    this.#reports.stop(attemptId);
  }

  /** Tells what was found at boards. Without a connection nothing is told: the next welcome has them looked at again. */
  async reportBoards(boards: BoardStatus[]): Promise<void> {
    if (!this.#greeted) return;
    try {
      await ask(this.#greeted, ['boards', { boards }], nothingSchema);
    } catch (error) {
      this.#connection.broken(`report of boards: ${messageOf(error)}`);
    }
  }

  /** Bytes of an image from `offset` on, from the controller in use; should it go, from the next one. */
  download(sha256: string, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const { token, log } = this.#options;
    const link = {
      from: () => ({ url: this.#connection.url, token }),
      isUp: () => this.#greeted !== undefined,
      onWelcome: (listener: () => void) => this.#onWelcome(listener),
      log,
    };
    return steadyDownload(link, { sha256, offset }, signal);
  }

  #onWelcome(listener: () => void): () => void {
    this.#welcomes.add(listener);
    return () => this.#welcomes.delete(listener);
  }

  #listen(socket: AgentSocket): void {
    socket.on('assign', (message, reply) => void this.#answer(reply, this.#assign(message)));
    socket.on('cancel', (message, reply) => void this.#answer(reply, this.#cancel(message)));
    socket.on('present', (reply) => reply({ ok: true }));
  }

  async #greet(socket: AgentSocket): Promise<void> {
    const held = this.#host.journals().map((journal) => journal.held());
    const hello = {
      ...this.#options.identity,
      ...{ protocol: PROTOCOL_VERSION, features: [...AGENT_FEATURES] },
      ...{ host: hostname(), instance: this.#instance, held },
    };
    try {
      const welcome = await readWelcome(await ask(socket, ['hello', hello], welcomeOutlineSchema));
      if (this.#connection.isCurrent(socket)) this.#reconcile(socket, welcome, held);
    } catch (error) {
      if (this.#connection.isCurrent(socket))
        this.#connection.broken(`greeting: ${messageOf(error)}`);
    }
  }

  #reconcile(socket: AgentSocket, welcome: Welcome, held: Hello['held']): void {
    this.#connection.succeeded();
    this.#greeted = socket;
    for (const listener of this.#welcomes) listener();
    const { url } = this.#connection;
    this.#options.log.info({ url, boards: welcome.boards.length }, 'connected to the controller');
    this.#renewal.start(welcome.leaseTtlMs);
    const mentioned = new Set(held.map(({ attemptId }) => attemptId));
    const journals = new Map(this.#host.journals().map((journal) => [journal.attemptId, journal]));
    // What was accepted since the greeting left is not among the orders.
    for (const journal of journals.values())
      if (!mentioned.has(journal.attemptId)) this.track(journal);
    const late: Assignment[] = [];
    for (const order of welcome.attempts)
      if (order.order === 'start') late.push(order.assignment);
      else this.#follow(order, socket, journals);
    void this.#acceptLate(late, socket);
    this.#host.welcomed(welcome);
  }

  #follow(order: HeldOrder, socket: AgentSocket, journals: Journals): void {
    if (order.order === 'drop') this.#reports.drop(order.attemptId, order.why);
    else this.#resume(order, socket, journals);
  }

  /** One after the other, so that many at once do not keep waiting what runs. Another welcome repeats what is left. */
  async #acceptLate(assignments: readonly Assignment[], socket: AgentSocket): Promise<void> {
    for (const assignment of assignments) {
      if (this.#greeted !== socket) return;
      await this.#host.accept(assignment).catch((error: unknown) => {
        const { attemptId } = assignment;
        // Its lease is not renewed, so the controller sends it elsewhere.
        this.#options.log.error({ err: error, attemptId }, 'an assignment could not be accepted');
      });
    }
  }

  #resume(
    order: Extract<HeldOrder, { ackedSeq: number }>,
    socket: AgentSocket,
    journals: Journals,
  ): void {
    const { attemptId, ackedSeq: seq } = order;
    const streams = { console: order.ackedConsoleBytes, ...order.ackedBytes };
    if (order.order === 'cancel') this.#host.cancel(attemptId, 'Cancelled while offline.');
    const journal = journals.get(attemptId);
    if (journal) this.#reports.resume(journal, socket, { seq, streams });
  }

  #leasesLost(leaseIds: readonly string[]): void {
    const lost = new Set(leaseIds);
    for (const { attemptId, assignment } of this.#host.journals())
      if (lost.has(assignment.leaseId)) this.#reports.drop(attemptId, 'the lease is lost');
  }

  async #assign(message: unknown): Promise<{ accepted: true }> {
    const what = 'assign';
    await this.#host.accept(parseOrThrow(assignmentSchema, message, 'invalid_request', what));
    return { accepted: true };
  }

  async #cancel(message: unknown): Promise<object> {
    const order = parseOrThrow(cancelOrderSchema, message, 'invalid_request', 'cancel');
    this.#host.cancel(order.attemptId, order.why);
    return {};
  }

  async #answer<T>(reply: (r: LinkReply<T>) => void, work: Promise<T>): Promise<void> {
    try {
      reply({ ok: true, ...(await work) });
    } catch (error) {
      const code = error instanceof FarmError ? error.code : 'internal';
      reply({ ok: false, code, message: messageOf(error) });
    }
  }

  #pause(): void {
    this.#greeted = undefined;
    this.#renewal.stop();
    this.#reports.pauseAll();
  }
}
