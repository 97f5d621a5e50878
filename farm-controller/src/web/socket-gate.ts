import type { IncomingMessage } from 'node:http';
import { FarmError } from '@greenrack/farm-protocol';
import type { Server, Socket } from 'socket.io';
import type { AuthThrottle } from './auth-throttle.js';
import type { ClientAddresses } from './client-addresses.js';
import type { ConnectionGuard } from './connection-guard.js';
import type { Principal } from './principal.js';
import type { CheckHost } from './security.js';

/** Largest message of anybody but an agent: a token and a topic are some hundred bytes. */
export const SMALL_MESSAGE_BYTES = 16 * 1024;
/** Largest message of an agent: a batch of events with long evidence. */
const LARGE_MESSAGE_BYTES = 4 * 1024 * 1024;
/** All that a connection may send, frames and all, before its token has been accepted. */
const PROOF_BYTES = 32 * 1024;
/** Connections with the same token, or of one address without. An agent that comes back has dead ones for a while. */
const MAX_PER_HOLDER = 200;

type Connection = Socket['conn'];

export interface SocketGateParts {
  readonly throttle: AuthThrottle;
  readonly guard: ConnectionGuard;
  readonly addresses: ClientAddresses;
  readonly checkHost: CheckHost;
  /** Connections of one address whose token is not known yet. */
  readonly newcomersPerAddress: number;
  /** How long a connection may take to bring a token that is accepted, in ms. */
  readonly proofMs: number;
}

/**
 * Lets socket.io connections in. Until the token is accepted, one may send some kilobytes and last some seconds; then
 * it may send large messages if it is an agent's.
 */
export class SocketGate {
  readonly #parts: SocketGateParts;
  /** Ends the caution with a connection. */
  readonly #caution = new Map<Connection, () => void>();
  readonly #newcomers = new Map<string, number>();
  readonly #holders = new Map<string, Set<Connection>>();

  constructor(io: Server, parts: SocketGateParts) {
    this.#parts = parts;
    // Without this anybody could stay in the namespace that nobody uses.
    io.use((_socket, next) => next(new Error('there is nothing here: connect to /live or /agent')));
    io.engine.on('connection', (connection: Connection) => this.#begin(connection));
  }

  /** Why a handshake is to be refused; empty when it is not. */
  whyFull(req: IncomingMessage): string {
    const waiting = this.#newcomers.get(this.#parts.addresses.of(req)) ?? 0;
    if (waiting < this.#parts.newcomersPerAddress) return '';
    return 'too many connections of this address have not shown a token yet: try again in a few seconds';
  }

  /** @throws FarmError `unauthorized`, `forbidden`, `too_many_requests` */
  async admit(socket: Socket, token: unknown): Promise<Principal> {
    if (token !== undefined && typeof token !== 'string')
      throw new FarmError('unauthorized', 'auth.token is not text');
    const address = this.#parts.addresses.of(socket.request);
    const principal = await this.#parts.throttle.authenticate(token, address);
    if (principal.tokenId === null) this.#parts.checkHost(socket.request);
    const { conn } = socket;
    this.#hold(conn, principal.tokenId ?? `anonymous at ${address}`);
    this.#parts.guard.prove(conn.request.socket, principal);
    if (principal.role === 'agent') setLargestMessage(conn, LARGE_MESSAGE_BYTES);
    this.#caution.get(conn)?.();
    return principal;
  }

  #begin(connection: Connection): void {
    const { socket } = connection.request;
    const address = this.#parts.addresses.of(connection.request);
    this.#parts.guard.heard(socket);
    let bytes = 0;
    const count = (piece: Uint8Array) => {
      bytes += piece.byteLength;
      if (bytes > PROOF_BYTES) socket.destroy();
    };
    socket.on('data', count);
    // Not asked to close: whoever means harm does not answer.
    const late = setTimeout(() => socket.destroy(), this.#parts.proofMs);
    this.#newcomers.set(address, (this.#newcomers.get(address) ?? 0) + 1);
    const end = () => {
      if (!this.#caution.delete(connection)) return;
      socket.off('data', count);
      clearTimeout(late);
      const left = (this.#newcomers.get(address) ?? 1) - 1;
      if (left === 0) this.#newcomers.delete(address);
      else this.#newcomers.set(address, left);
    };
    this.#caution.set(connection, end);
    connection.once('close', end);
  }

  #hold(connection: Connection, holder: string): void {
    const held = this.#holders.get(holder) ?? new Set();
    if (held.has(connection)) return;
    if (held.size >= MAX_PER_HOLDER)
      throw new FarmError(
        'too_many_requests',
        `at most ${MAX_PER_HOLDER} connections with one token`,
      );
    this.#holders.set(holder, held.add(connection));
    connection.once('close', () => {
      held.delete(connection);
      if (held.size === 0 && this.#holders.get(holder) === held) this.#holders.delete(holder);
    });
  }
}

/** `ws` has one limit for all connections of a server, kept by each connection's receiver, and no public way to it. */
function setLargestMessage({ transport }: Connection, bytes: number): void {
  const webSocket: unknown = Reflect.get(transport, 'socket');
  const receiver: unknown = isObject(webSocket) && Reflect.get(webSocket, '_receiver');
  if (!isObject(receiver) || typeof Reflect.get(receiver, '_maxPayload') !== 'number')
    throw new FarmError('internal', 'this version of ws keeps its message limit elsewhere');
  Reflect.set(receiver, '_maxPayload', bytes);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
