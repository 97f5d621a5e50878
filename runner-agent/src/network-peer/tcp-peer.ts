import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { LabCa } from './lab-ca.js';
import { listening, type PeerPlace } from './listen-fault.js';

/** Connections of one service at a time, those of many boards; what is more is closed at once. */
const MAX_CONNECTIONS = 1024;
/** A connection on which nothing moves is closed: a reader that does not read as well. */
const IDLE_MS = 120_000;
const HANDSHAKE_MS = 30_000;
/** When we have said all, the partner gets this long to end as well. */
const LINGER_MS = 10_000;

/** A service that listens on TCP. */
export class TcpPeer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.maxConnections = MAX_CONNECTIONS;
    server.on('connection', (socket: Socket) => this.#watch(socket));
  }

  /** @throws RunFault that says what to do when the port cannot be had */
  static async listen(at: PeerPlace, serve: (connection: Duplex) => void): Promise<TcpPeer> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (connection) => {
      boundEnd(connection);
      serve(connection);
    });
    return await TcpPeer.#listening(server, at);
  }

  /** The same behind TLS, with the certificate of the lab's CA. */
  static async listenTls(
    at: PeerPlace & { readonly ca: LabCa },
    serve: (connection: Duplex) => void,
  ): Promise<TcpPeer> {
    let shown = await at.ca.credentials();
    const ways = { allowHalfOpen: true, noDelay: true, handshakeTimeout: HANDSHAKE_MS };
    const server = createTlsServer({ ...shown, ...ways }, (connection) => {
      // Its socket tells the same, and is being watched.
      connection.on('error', () => connection.destroy());
      boundEnd(connection);
      serve(connection);
    });
    // A handshake that fails is the partner's test of it, or none of ours.
    server.on('tlsClientError', (_error, connection) => connection.destroy());
    const renew = async (): Promise<void> => {
      const fresh = await at.ca.credentials();
      if (fresh !== shown) server.setSecureContext(fresh);
      shown = fresh;
    };
    // While there is no fresh certificate the old one is shown; the authority has said why.
    server.on('connection', () => void renew().catch(() => undefined));
    return await TcpPeer.#listening(server, at);
  }

  static async #listening(server: Server | TlsServer, at: PeerPlace): Promise<TcpPeer> {
    const peer = new TcpPeer(server);
    server.listen({ host: at.host, port: at.port });
    await listening(server, 'TCP', at);
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts every connection and gives the port back. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    // The partner went away: the end of a test, not of ours.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

function boundEnd(connection: Duplex): void {
  connection.once('finish', () => {
    const timer = setTimeout(() => connection.destroy(), LINGER_MS);
    connection.once('close', () => clearTimeout(timer));
  });
}
