import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BoardEnvironment,
  type BoardSpec,
  type Clock,
  parseOrThrow,
} from '@greenrack/farm-protocol';
import type { ImageFormat } from '@greenrack/firmware';
import type {
  Board,
  BoardDriver,
  BoardFinding,
  ConsoleTraits,
} from '../../contracts/board-driver.js';
import type { CoreActivity, OutputEdge } from '../../contracts/board-part.js';
import type { Flasher, FlashImage } from '../../contracts/flasher.js';
import type { HostShare } from '../../contracts/host-share.js';
import type { NetworkPeer, PeerServices } from '../../contracts/network-peer.js';
import type { MeterPart } from '../../contracts/power-meter.js';
import type { PowerSwitch } from '../../contracts/power-switch.js';
import type { ResetLine } from '../../contracts/reset-line.js';
import { RunFault } from '../../contracts/run-fault.js';
import { messageOf, unlessAborted } from '../../deadline.js';
import { type Makers, make } from './physical-driver.js';
import { QemuConsole } from './qemu-console.js';
import { QemuEmulator } from './qemu-emulator.js';
import { macOf, type QemuParams, qemuParamsSchema } from './qemu-params.js';
import { QemuProbe } from './qemu-probe.js';
import { QemuSpare } from './qemu-spare.js';

/** A spare is ended by being discarded. */
const NEVER = new AbortController().signal;
const LOADABLE: readonly ImageFormat[] = ['elf', 'hex', 'bin'];

/** What all virtual boards of an agent share. */
interface Shared {
  readonly probe: QemuProbe;
  readonly peers: PeerServices;
}

/** Virtual boards: one QEMU process per attempt, never used twice. */
export class QemuDriver implements BoardDriver {
  readonly name = 'qemu';
  readonly #shared: Shared;
  readonly #meters: Makers<MeterPart>;

  constructor(peers: PeerServices, meters: Makers<MeterPart>) {
    this.#meters = meters;
    this.#shared = { peers, probe: new QemuProbe(peers) };
  }

  async create(spec: BoardSpec, workDir: string): Promise<Board> {
    const where = `board ${spec.serial}: wiring.params`;
    const given = parseOrThrow(qemuParamsSchema, spec.wiring.params, 'board_fault', where);
    const { network } = given;
    const params = { ...given, network: network && { mac: macOf(spec.serial), ...network } };
    const core = new CoreOf();
    const context = { where: `${where}.meter`, board: spec, workDir, core };
    const meter = params.meter && (await make(this.#meters, params.meter, context));
    const board = new QemuBoard(params, { workDir, meter }, this.#shared);
    core.emulator = () => board.emulator;
    return board;
  }
}

/** The core of a board that is made after its meter. */
class CoreOf implements CoreActivity {
  emulator: () => QemuEmulator | undefined = () => undefined;

  async awakeNs(): Promise<number> {
    return (await this.emulator()?.awakeNs()) ?? 0;
  }

  takeEdges(): OutputEdge[] {
    return this.emulator()?.takeEdges() ?? [];
  }
}

/** A board that exists while it is powered. */
class QemuBoard implements Board, PowerSwitch, Flasher, ResetLine {
  readonly console = new QemuConsole(() => this.#emulator);
  /** QEMU holds bytes back until the guest takes them, so nothing is lost however fast we write. */
  readonly traits: ConsoleTraits = {
    writePaceUsPerByte: 0,
    syncTimeoutMs: 2000,
    syncTries: 3,
    keepsInput: true,
  };
  readonly power = this;
  readonly flasher = this;
  readonly resetLine = this;
  readonly hostShare: HostShare = {
    load: () => this.#emulator?.load,
    behindMs: async () => await this.#emulator?.behindMs(),
  };
  readonly meter: MeterPart | undefined;
  readonly #params: QemuParams;
  readonly #workDir: string;
  readonly #shared: Shared;
  readonly #spare = new QemuSpare(() => this.#start(NEVER));
  #starting: Promise<QemuEmulator> | undefined;
  #emulator: QemuEmulator | undefined;

  constructor(
    params: QemuParams,
    { workDir, meter }: { workDir: string; meter: MeterPart | undefined },
    shared: Shared,
  ) {
    this.#params = params;
    this.meter = meter;
    this.#workDir = workDir;
    this.#shared = shared;
  }

  get emulator(): QemuEmulator | undefined {
    return this.#emulator;
  }

  get network(): NetworkPeer | undefined {
    return this.#emulator?.network;
  }

  get environment(): BoardEnvironment | undefined {
    return this.#emulator?.environment;
  }

  get #imagePath(): string {
    return join(this.#workDir, 'image');
  }

  async probe(signal: AbortSignal): Promise<BoardFinding> {
    return await unlessAborted(signal, this.#shared.probe.look(this.#params));
  }

  async on(signal: AbortSignal): Promise<void> {
    await this.off();
    this.#starting = this.#spare.take().then((spare) => spare ?? this.#start(signal));
    this.#emulator = await this.#starting;
  }

  /** A machine has one clock from its start: for the other one it is started anew. Spares have the model's. */
  async useClock(clock: Clock, signal: AbortSignal): Promise<void> {
    if (clock === 'own' || this.#params.icountShift === false) return;
    await this.off();
    this.#starting = this.#start(signal, { ...this.#params, icountShift: false });
    this.#emulator = await this.#starting;
  }

  async flash({ path, info }: FlashImage): Promise<undefined> {
    if (!LOADABLE.includes(info.format))
      throw new RunFault(
        'imageUnsuitable',
        `The emulator cannot load ${info.format.toUpperCase()} files. Submit ${LOADABLE.join(', ')}.`,
      );
    try {
      await rm(this.#imagePath, { force: true });
      await symlink(path, this.#imagePath);
    } catch (error) {
      throw new RunFault('flashFailed', `${this.#imagePath}: ${messageOf(error)}`, error);
    }
  }

  async reset(_signal: AbortSignal, begins?: () => void): Promise<void> {
    if (!this.#emulator) throw new RunFault('boardStartFailed', 'The board has no power.');
    begins?.();
    await this.console.dropInput();
    await this.#emulator.reset();
    // While this firmware runs, so that the next attempt finds it ready.
    this.#spare.refill();
  }

  async off(): Promise<void> {
    // A start that fails has ended its emulator itself and told its caller why.
    const emulator = this.#emulator ?? (await this.#starting?.catch(() => undefined));
    await emulator?.kill();
    this.#starting = undefined;
    this.#emulator = undefined;
    await rm(this.#imagePath, { force: true });
  }

  async dispose(): Promise<void> {
    await this.off();
    await this.#spare.discard();
    await this.meter?.dispose?.();
    await rm(this.#workDir, { recursive: true, force: true });
  }

  async #start(signal: AbortSignal, params = this.#params): Promise<QemuEmulator> {
    await mkdir(this.#workDir, { recursive: true });
    const peers = params.network === false ? [] : await this.#shared.peers.ports();
    const at = { workDir: this.#workDir, signal, peers };
    return await QemuEmulator.start(params, this.#imagePath, at);
  }
}
