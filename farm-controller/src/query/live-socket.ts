import { once } from 'node:events';
import type { LiveClientToServer, LiveServerToClient } from '@greenrack/farm-protocol';
import type { DefaultEventsMap, Socket } from 'socket.io';

/** What the gateway keeps with a connection. */
export interface LiveSocketData {
  /** See web/token-sockets.ts. */
  tokenId: string | null;
  expiresMs: number | null;
}

export type LiveSocket = Socket<
  LiveClientToServer,
  LiveServerToClient,
  DefaultEventsMap,
  LiveSocketData
>;

/**
 * Resolves when everything sent so far has left this process, so that a slow client makes its own sender wait and
 * nothing piles up here. Rejects when `signal` is aborted.
 */
export async function writable(socket: LiveSocket, signal: AbortSignal): Promise<void> {
  const { transport } = socket.conn;
  signal.throwIfAborted();
  // Another sender may be woken by the same event and be faster.
  while (!transport.writable) await once(transport, 'ready', { signal });
}
