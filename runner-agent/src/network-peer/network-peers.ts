import type { PeerPort, PeerServices } from '../contracts/network-peer.js';
import { messageOf } from '../deadline.js';
import type { Logger } from '../logger.js';
import type { LabCa } from './lab-ca.js';
import type { PeerPlace } from './listen-fault.js';
import { PEER_SERVICES, type PeerService } from './peer-services.js';
import { TcpPeer } from './tcp-peer.js';
import { UdpPeer } from './udp-peer.js';

export interface NetworkPeersOptions {
  /** IP address to listen on. */
  readonly host: string;
  /** The ports by which boards know the services, rather than any that are free. */
  readonly onStandardPorts: boolean;
  /** Without one there are no services behind TLS. */
  readonly ca?: LabCa;
  readonly log: Logger;
}

interface OpenPeer {
  readonly where: PeerPort;
  close(): Promise<void>;
}

/** All services on one address, started when they are first asked for. */
export class NetworkPeers implements PeerServices {
  readonly #options: NetworkPeersOptions;
  #open: OpenPeer[] = [];
  #starting: Promise<readonly PeerPort[]> | undefined;

  constructor(options: NetworkPeersOptions) {
    this.#options = options;
  }

  ports(): Promise<readonly PeerPort[]> {
    if (!this.#starting) {
      this.#starting = this.#start();
      // The caller has the error; the next one tries anew.
      this.#starting.catch(() => {
        this.#starting = undefined;
      });
    }
    return this.#starting;
  }

  /** Cuts every connection and gives the ports back. */
  async close(): Promise<void> {
    // A start that failed has closed what it had opened.
    await this.#starting?.catch(() => undefined);
    this.#starting = undefined;
    const open = this.#open;
    this.#open = [];
    await Promise.all(open.map((peer) => peer.close()));
  }

  async #start(): Promise<readonly PeerPort[]> {
    try {
      for (const service of PEER_SERVICES) await this.#startPlain(service);
      await this.#startTls();
      return this.#open.map(({ where }) => where);
    } catch (error) {
      const open = this.#open;
      this.#open = [];
      await Promise.all(open.map((peer) => peer.close()));
      throw error;
    }
  }

  async #startPlain(service: PeerService): Promise<void> {
    const at = this.#at(service.port);
    const tcp = await TcpPeer.listen(at, service.serve);
    this.#add('tcp', service.port, tcp);
    const isService = (port: number): boolean =>
      this.#open.some(({ where }) => where.protocol === 'udp' && where.hostPort === port);
    const udp = await UdpPeer.listen({ ...at, isService }, service.answer);
    this.#add('udp', service.port, udp);
  }

  /** A lab that tests no TLS does without: what is missing is said once, and the ports stay closed. */
  async #startTls(): Promise<void> {
    const { ca, log } = this.#options;
    if (!ca) return;
    try {
      await ca.credentials();
    } catch (error) {
      log.warn(`the network peers go without TLS: ${messageOf(error)}`);
      return;
    }
    for (const { tlsPort, serve } of PEER_SERVICES) {
      if (tlsPort === undefined) continue;
      this.#add('tcp', tlsPort, await TcpPeer.listenTls({ ...this.#at(tlsPort), ca }, serve));
    }
  }

  #at(port: number): PeerPlace {
    const { host, onStandardPorts, log } = this.#options;
    return { host, port: onStandardPorts ? port : 0, log };
  }

  #add(protocol: PeerPort['protocol'], port: number, peer: TcpPeer | UdpPeer): void {
    const where = { protocol, port, hostPort: peer.port };
    this.#open.push({ where, close: async () => await peer.close() });
  }
}
