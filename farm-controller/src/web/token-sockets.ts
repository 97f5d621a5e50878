import type { Server, Socket } from 'socket.io';

/** Namespaces whose connections live by a token; their gateways keep `tokenId` and `expiresMs` in `socket.data`. */
const NAMESPACES = ['/live', '/agent'] as const;
/** Revoked tokens that are remembered; only those of handshakes under way matter. */
const MAX_REVOKED = 1_000;
/** Node's timers wrap around beyond this delay and would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** Open sockets and the tokens that let them in: one that is revoked or expires takes its sockets along. */
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
    const { tokenId, expiresMs } = socket.data;
    // After the gateway's own listener: it is to see the end of what it saw begin.
    if (this.#revoked.has(tokenId)) queueMicrotask(() => socket.disconnect(true));
    else if (typeof expiresMs === 'number') endAt(socket, expiresMs);
  }
}

function endAt(socket: Socket, atMs: number): void {
  const leftMs = Math.min(Math.max(0, atMs - Date.now()), MAX_TIMER_MS);
  const timer = setTimeout(() => {
    if (Date.now() >= atMs) socket.disconnect(true);
    else endAt(socket, atMs);
  }, leftMs);
  timer.unref();
  socket.once('disconnect', () => clearTimeout(timer));
}
