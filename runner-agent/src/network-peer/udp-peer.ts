import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { listening, type PeerPlace } from './listen-fault.js';
import { PEER_SERVICES, type PeerService } from './peer-services.js';

/** Answers that the system has not taken yet; what comes meanwhile is lost, as UDP may. */
const MAX_UNSENT = 256;
const SERVICE_PORTS: ReadonlySet<number> = new Set(PEER_SERVICES.map(({ port }) => port));

/** A service that listens on UDP. */
export class UdpPeer {
  readonly #socket: Socket;
  readonly #isService: (port: number) => boolean;
  #unsent = 0;

  private constructor(socket: Socket, isService: (port: number) => boolean) {
    this.#socket = socket;
    this.#isService = isService;
  }

  /**
   * @param isService - ports that other peers of ours listen on
   * @throws RunFault that says what to do when the port cannot be had
   */
  static async listen(
    at: PeerPlace & { isService(port: number): boolean },
    answer: PeerService['answer'],
  ): Promise<UdpPeer> {
    const socket = createSocket(isIPv6(at.host) ? 'udp6' : 'udp4');
    const peer = new UdpPeer(socket, at.isService);
    socket.on('message', (datagram, from) => peer.#reply(answer(datagram, from), from));
    socket.bind({ address: at.host, port: at.port, exclusive: true });
    await listening(socket, 'UDP', at);
    return peer;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #reply(answer: Uint8Array | undefined, { address, port }: RemoteInfo): void {
    if (!answer || this.#unsent >= MAX_UNSENT) return;
    // Two services that answer each other would never end; a forged sender must not get them to.
    if (SERVICE_PORTS.has(port) || this.#isService(port)) return;
    this.#unsent++;
    this.#socket.send(answer, port, address, () => {
      // Sent or not, UDP promises nothing.
      this.#unsent--;
    });
  }
}
