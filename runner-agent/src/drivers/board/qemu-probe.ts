import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BoardFinding } from '../../contracts/board-driver.js';
import type { PeerServices } from '../../contracts/network-peer.js';
import { messageOf } from '../../deadline.js';
import type { QemuParams } from './qemu-params.js';

const PROBE_MS = 15_000;
const INSTALL = 'Install it (Debian: apt-get install qemu-system-arm util-linux).';

type Machines = { readonly names: ReadonlySet<string> } | { readonly problem: string };

/** Asks emulators what they can do. Boards that ask at the same time share one answer. */
export class QemuProbe {
  readonly #asked = new Map<string, Promise<Machines>>();
  readonly #peers: PeerServices;

  constructor(peers: PeerServices) {
    this.#peers = peers;
  }

  /** What a board with these parameters needs; also starts the peers of one that has a network. Never rejects. */
  async look(params: QemuParams): Promise<BoardFinding> {
    const found = await this.#lookAtEmulator(params);
    if (!found.usable || params.network === false) return found;
    try {
      await this.#peers.ports();
      return found;
    } catch (error) {
      return { usable: false, detail: messageOf(error) };
    }
  }

  async #lookAtEmulator({ executable, machine }: QemuParams): Promise<BoardFinding> {
    const found = await this.#machines(executable);
    if ('problem' in found) return { usable: false, detail: found.problem };
    if (found.names.has(machine)) return { usable: true, detail: `${executable} has ${machine}` };
    const detail = `${executable} does not know the machine ${machine}. Install a newer QEMU.`;
    return { usable: false, detail };
  }

  #machines(executable: string): Promise<Machines> {
    const running = this.#asked.get(executable);
    if (running) return running;
    const asked = listMachines(executable).finally(() => this.#asked.delete(executable));
    this.#asked.set(executable, asked);
    return asked;
  }
}

async function listMachines(executable: string): Promise<Machines> {
  try {
    // The same way in which it will be started, so that a missing setpriv is found too.
    const args = ['--pdeathsig', 'KILL', '--', executable, '-M', 'help'];
    const { stdout } = await promisify(execFile)('setpriv', args, { timeout: PROBE_MS });
    return { names: new Set(stdout.split('\n').map((line) => line.split(' ', 1)[0] ?? '')) };
  } catch (error) {
    return { problem: `${executable} cannot be run: ${messageOf(error).trim()}. ${INSTALL}` };
  }
}
