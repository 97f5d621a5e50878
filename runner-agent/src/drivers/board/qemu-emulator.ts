import type { BoardEnvironment } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { OutputEdge } from '../../contracts/board-part.js';
import type { HostLoad } from '../../contracts/host-share.js';
import type { NetworkPeer, PeerPort } from '../../contracts/network-peer.js';
import { RunFault } from '../../contracts/run-fault.js';
import { messageOf, unlessAborted, within } from '../../deadline.js';
import { FrameBridge } from '../network/frame-bridge.js';
import { PeerGate } from '../network/peer-gate.js';
import { EXIT_MS, lossOf } from './qemu-exit.js';
import { behindMsOf } from './qemu-load.js';
import { CONSOLE_LABEL, type QemuParams, qemuArgs } from './qemu-params.js';
import { type QemuExit, QemuProcess } from './qemu-process.js';

/** Longest wait for one answer; a busy machine needs tens of milliseconds. */
const ANSWER_MS = 10_000;
/** Longest wait for what is only noted. */
const FACT_MS = 1000;

/** Counts also when nothing is recorded for a replay. */
const replaySchema = z.object({ icount: z.number() });
const chardevsSchema = z.array(z.object({ label: z.string(), filename: z.string() }));

/** What an emulator is started with. */
export interface QemuPlace {
  readonly workDir: string;
  readonly signal: AbortSignal;
  /** Where the peers listen, for a board that has a network. */
  readonly peers: readonly PeerPort[];
}

interface PtyPlace {
  readonly ptyPath: string;
  readonly peers: readonly PeerPort[];
}

/**
 * The emulator of one attempt. Its life: started (process there, pty there, no machine yet), running, gone.
 *
 * QEMU looks whether somebody has its pty open when the machine is built, and after that only once a second until the
 * guest writes. Firmware that waits for its host writes nothing, so the console must be open before `run`.
 */
export class QemuEmulator {
  readonly ptyPath: string;
  /** Undefined for a board without a network. */
  readonly network: NetworkPeer | undefined;
  /** Called when the firmware has reset the machine; replace it to hear of it. */
  onGuestReset: () => void = () => undefined;
  readonly #process: QemuProcess;
  readonly #keepsOwnTime: boolean;
  readonly #nsPerInstruction: number | undefined;
  #running = false;

  private constructor(process: QemuProcess, params: QemuParams, { ptyPath, peers }: PtyPlace) {
    this.#process = process;
    this.#keepsOwnTime = params.icountShift !== false;
    if (params.icountShift !== false) this.#nsPerInstruction = 2 ** params.icountShift;
    this.ptyPath = ptyPath;
    process.qmp.onEvent = (name, { guest }) => {
      // `guest` is false for the resets that we ask for.
      if (name === 'RESET' && guest === true) this.onGuestReset();
    };
    const mac = params.network === false ? undefined : params.network.mac;
    this.network = process.cable && new FrameBridge(process.cable, new PeerGate(peers), mac ?? '');
  }

  /** @param imagePath - where the image will be when {@link run} is called */
  static async start(params: QemuParams, imagePath: string, at: QemuPlace): Promise<QemuEmulator> {
    const process = new QemuProcess({
      executable: params.executable,
      args: qemuArgs(params, imagePath),
      workDir: at.workDir,
      hasCable: params.network !== false,
    });
    try {
      const answer = process.qmp.execute('query-chardev', ANSWER_MS);
      const found = chardevsSchema.parse(await unlessAborted(at.signal, answer));
      const pty = found.find(({ label }) => label === CONSOLE_LABEL)?.filename;
      if (!pty?.startsWith('pty:')) throw new Error('the emulator has no console');
      const ptyPath = pty.slice('pty:'.length);
      return new QemuEmulator(process, params, { ptyPath, peers: at.peers });
    } catch (error) {
      await process.kill();
      at.signal.throwIfAborted();
      throw await startFault(params, process, error);
    }
  }

  /** Resolves when the emulator is gone. Never rejects. */
  get exited(): Promise<QemuExit> {
    return this.#process.exited;
  }

  /** The process has not ended yet. */
  get isAlive(): boolean {
    return this.#process.isAlive;
  }

  /** Builds the machine with the image and runs it; when it runs already, resets it. */
  async reset(): Promise<void> {
    const command = this.#running ? 'system_reset' : 'x-exit-preconfig';
    this.#running = true;
    try {
      await this.#process.qmp.execute(command, ANSWER_MS);
    } catch (error) {
      await this.#explainReset(command, error);
    }
  }

  /** Has the emulator look at everything that it waits for. @throws Error when it is gone */
  async wake(): Promise<void> {
    await this.#process.qmp.execute('query-status', ANSWER_MS);
  }

  /** What measurements depend on, beside the firmware. */
  get environment(): BoardEnvironment {
    const { version } = this.#process.qmp;
    const clock = this.#keepsOwnTime ? 'own' : 'host';
    return { clock, ...(version !== undefined && { emulator: `QEMU ${version}` }) };
  }

  /** Of a core that counts instructions: what they took by its clock. Of another: what the host's clock says. */
  async awakeNs(): Promise<number> {
    if (this.#nsPerInstruction === undefined) return this.#process.coreRanNs;
    try {
      const answer = await this.#process.qmp.execute('query-replay', FACT_MS);
      return this.#nsPerInstruction * replaySchema.parse(answer).icount;
    } catch {
      // Not built yet, or gone: it executes nothing.
      return 0;
    }
  }

  takeEdges(): OutputEdge[] {
    return this.#process.outputs.takeEdges();
  }

  /** What the machine gave the emulator so far. */
  get load(): HostLoad | undefined {
    return this.#process.load;
  }

  /** By how many ms the board's clock is behind the host's; undefined when it is the host's, or QEMU does not tell. */
  async behindMs(): Promise<number | undefined> {
    try {
      return behindMsOf(await this.#process.qmp.execute('x-query-jit', FACT_MS));
    } catch {
      // A fact for the record, of an emulator that may have crashed: whatever it died of is reported elsewhere.
      return undefined;
    }
  }

  /** Firmware that locks up at once takes the answer with it: it did start, and the console tells how it ended. */
  async #explainReset(command: string, error: unknown): Promise<void> {
    const exit = await within(EXIT_MS, 'end of the emulator', this.exited).catch(() => undefined);
    if (exit && lossOf(exit).crash) return;
    const more = exit ? `; the emulator ${exit.how}: ${exit.stderr.trim()}` : '';
    throw new RunFault('boardStartFailed', `QEMU ${command}: ${messageOf(error)}${more}`, error);
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }
}

async function startFault(
  params: QemuParams,
  process: QemuProcess,
  cause: unknown,
): Promise<RunFault> {
  const { how, stderr } = await process.exited;
  const said = stderr.trim() === '' ? messageOf(cause) : stderr.trim();
  return new RunFault(
    'boardStartFailed',
    `${params.executable} for ${params.machine} ${how}: ${said}. ` +
      'Install qemu-system-arm (Debian: apt-get install qemu-system-arm) or correct the board’s parameters.',
    cause,
  );
}
