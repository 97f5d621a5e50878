import { join } from 'node:path';
import type { PeerServices } from '../contracts/network-peer.js';
import type { Logger } from '../logger.js';
import { LabCa } from './lab-ca.js';
import { NetworkPeers } from './network-peers.js';

export interface AgentPeersOptions {
  readonly stateDir: string;
  /** Names by which virtual boards reach the peers. */
  readonly hostNames: readonly string[];
  /** Address for boards on the lab's network; undefined: none for them. */
  readonly labAddress?: string;
  readonly log: Logger;
}

/** The peers of one agent: for virtual boards on its loopback address, for others where the operator says. */
export class AgentPeers {
  readonly #virtual: NetworkPeers;
  readonly #lab: NetworkPeers | undefined;

  private constructor(virtual: NetworkPeers, lab: NetworkPeers | undefined) {
    this.#virtual = virtual;
    this.#lab = lab;
  }

  /** Those for the lab are started at once. @throws Error that says what to do when they cannot be. */
  static async open(options: AgentPeersOptions): Promise<AgentPeers> {
    const { stateDir, hostNames, labAddress, log } = options;
    const hosts = [...hostNames, ...(labAddress === undefined ? [] : [labAddress])];
    const ca = new LabCa({ dir: join(stateDir, 'lab-ca'), hosts, log });
    const virtual = new NetworkPeers({ host: '127.0.0.1', onStandardPorts: false, ca, log });
    if (labAddress === undefined) return new AgentPeers(virtual, undefined);
    const lab = new NetworkPeers({ host: labAddress, onStandardPorts: true, ca, log });
    await lab.ports();
    return new AgentPeers(virtual, lab);
  }

  get forVirtualBoards(): PeerServices {
    return this.#virtual;
  }

  async close(): Promise<void> {
    await Promise.all([this.#virtual.close(), this.#lab?.close()]);
  }
}
