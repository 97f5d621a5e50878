import type { Server, Socket } from 'socket.io';

/** Namespaces whose connections live by a token; their gateways keep its id in `socket.data.tokenId`. */
const NAMESPACES = ['/live', '/agent'] as const;
/** Revoked tokens that are remembered; only those of handshakes under way matter. */
const MAX_REVOKED = 1_000;

/** Open sockets and the tokens that let them in: a revoked token takes its sockets along. */
export class TokenSockets {
  readonly #io: Server;
  readonly #revoked = new Set<string>();

  constructor(io: Server) {
    this.#io = io;
    for (const name of NAMESPACES) io.of(name).on('connection', (socket) => this.#check(socket));
  }

  /** Ends every connection that was opened with the token, and those that are just being opened. */
  cut(tokenId: string): void {
    this.#revoked.add(tokenId);
    const [oldest] = this.#revoked;
    if (oldest !== undefined && this.#revoked.size > MAX_REVOKED) this.#revoked.delete(oldest);
    for (const name of NAMESPACES)
      for (const socket of this.#io.of(name).sockets.values())
        if (socket.data.tokenId === tokenId) socket.disconnect(true);
  }

  /** Its token may have been revoked after the look at it. */
  #check(socket: Socket): void {
    if (!this.#revoked.has(socket.data.tokenId)) return;
    // After the gateway's own listener: it is to see the end of what it saw begin.
    queueMicrotask(() => socket.disconnect(true));
  }
}
