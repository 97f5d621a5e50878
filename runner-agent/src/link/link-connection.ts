import { whyNoWebSocket } from '@greenrack/farm-model';
import type { Logger } from '../logger.js';
import { type AgentSocket, openSocket } from './link-socket.js';
import { ReconnectPlan } from './reconnect-plan.js';

export interface LinkConnectionOptions {
  /** Controllers in order of preference; at least one. */
  readonly urls: readonly string[];
  readonly token: string;
  readonly log: Logger;
  /** A socket is about to connect: register what it should hear. */
  opening(socket: AgentSocket): void;
  /** It is connected. */
  connected(socket: AgentSocket): void;
  /** It is of no use any more; another will follow. */
  ended(): void;
}

/** Keeps one connection to one of the controllers, for as long as it is open. */
export class LinkConnection {
  readonly #options: LinkConnectionOptions;
  readonly #plan: ReconnectPlan;
  #socket: AgentSocket | undefined;
  #pause: NodeJS.Timeout | undefined;
  #closed = false;
  #told: string | undefined;

  constructor(options: LinkConnectionOptions) {
    this.#options = options;
    this.#plan = new ReconnectPlan(options.urls);
  }

  /** The controller in use, or tried next. */
  get url(): string {
    return this.#plan.url;
  }

  isCurrent(socket: AgentSocket): boolean {
    return this.#socket === socket;
  }

  /** Connects, and again whenever the connection breaks, until {@link close}. */
  open(): void {
    const socket = openSocket(this.url, this.#options.token);
    this.#socket = socket;
    socket.on('connect', () => {
      if (this.isCurrent(socket)) this.#options.connected(socket);
    });
    socket.on('disconnect', () => this.#lost(socket, 'the connection ended'));
    socket.on('connect_error', (error) =>
      this.#lost(socket, whyNoWebSocket(error) ?? error.message),
    );
    this.#options.opening(socket);
  }

  /** The controller has accepted us. */
  succeeded(): void {
    this.#told = undefined;
    this.#plan.succeeded();
  }

  /** Gives this connection up and makes a new one. */
  broken(why: string): void {
    if (this.#closed || !this.#socket) return;
    this.#tell(why);
    this.#drop();
    this.#pause = setTimeout(() => this.open(), this.#plan.failed(Math.random()));
  }

  /** Tries come every second or so for as long as it takes: a reason is news once. */
  #tell(why: string): void {
    const level = why === this.#told ? 'debug' : 'warn';
    this.#told = why;
    this.#options.log[level]({ url: this.url }, `no link to the controller: ${why}`);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#pause);
    this.#drop();
  }

  #lost(socket: AgentSocket, why: string): void {
    if (this.isCurrent(socket)) this.broken(why);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#options.ended();
    socket?.disconnect();
  }
}
