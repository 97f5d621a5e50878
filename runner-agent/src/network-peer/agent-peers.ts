import { join } from 'node:path';
import type { PeerServices } from '../contracts/network-peer.js';
import type { Logger } from '../logger.js';
import { CtpStation } from './ctp-station.js';
import { LabCa } from './lab-ca.js';
import { NetworkPeers } from './network-peers.js';

export interface AgentPeersOptions {
  readonly stateDir: string;
  /** Names by which virtual boards reach the peers. */
  readonly hostNames: readonly string[];
  /** Address for boards on the lab's network; undefined: none for them. */
  readonly labAddress?: string | undefined;
  /** Network card of the lab on which CTP frames are looped back; undefined: none. */
  readonly ctpInterface?: string | undefined;
  readonly log: Logger;
}

/** What of the peers runs, and ends with the agent. */
interface Running {
  close(): Promise<void>;
}

/** The peers of one agent: for virtual boards on its loopback address, for others where the operator says. */
export class AgentPeers {
  readonly #virtual: NetworkPeers;
  readonly #running: Running[];

  private constructor(virtual: NetworkPeers) {
    this.#virtual = virtual;
    this.#running = [virtual];
  }

  /** Those for the lab are started at once. @throws Error that says what to do when they cannot be. */
  static async open(options: AgentPeersOptions): Promise<AgentPeers> {
    const { stateDir, hostNames, labAddress, log } = options;
    const hosts = [...hostNames, ...(labAddress === undefined ? [] : [labAddress])];
    const ca = new LabCa({ dir: join(stateDir, 'lab-ca'), hosts, log });
    const virtual = new NetworkPeers({ host: '127.0.0.1', onStandardPorts: false, ca, log });
    const peers = new AgentPeers(virtual);
    try {
      await peers.#openLab(options, ca);
      return peers;
    } catch (error) {
      await peers.close();
      throw error;
    }
  }

  get forVirtualBoards(): PeerServices {
    return this.#virtual;
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((one) => one.close()));
  }

  async #openLab({ labAddress, ctpInterface, log }: AgentPeersOptions, ca: LabCa): Promise<void> {
    if (labAddress !== undefined) {
      const lab = new NetworkPeers({ host: labAddress, onStandardPorts: true, ca, log });
      this.#running.push(lab);
      await lab.ports();
    }
    if (ctpInterface !== undefined)
      this.#running.push(await CtpStation.open({ nic: ctpInterface, log }));
  }
}
