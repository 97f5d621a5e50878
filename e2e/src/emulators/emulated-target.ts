import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { type BusySpan, wallMs } from './busy-span.js';
import { PtyPair } from './pty-pair.js';

const END = '{{__exit;';

/** What the target's UART is wired to. */
export interface ConsoleWire {
  send(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Buffer) => void): void;
}

export interface TargetPlace {
  /** Name of the console that stays the same when the board is replugged: a link to `devicePath`. */
  readonly consolePath: string;
  /** What the kernel calls the console, such as `…/dev/ttyACM0`. */
  readonly devicePath: string;
  /** File that holds what is in the flash while the target runs. */
  readonly flashFile: string;
  /** The console is the target's own USB: it goes with each reset and comes back when firmware runs. */
  readonly isOwnUsb: boolean;
  /** In place of a pty with these names. */
  readonly wire?: ConsoleWire;
}

/** A target that really runs what its flash holds, in QEMU; its console is a pty. */
export class EmulatedTarget {
  /** Raw memory from address 0, or an ELF file; empty flash runs nothing. */
  flash: Buffer = Buffer.alloc(0);
  resets = 0;
  /** From each start of the firmware until it said that it ends. */
  readonly runs: BusySpan[] = [];
  readonly #place: TargetPlace;
  #wire: ConsoleWire | undefined;
  #pty: PtyPair | undefined;
  #core: ChildProcess | undefined;

  private constructor(place: TargetPlace) {
    this.#place = place;
  }

  /** A probe's console is there from the start; a target's own USB only once firmware runs. */
  static async plug(place: TargetPlace): Promise<EmulatedTarget> {
    const target = new EmulatedTarget(place);
    if (place.wire) target.#connect(place.wire);
    else if (place.isOwnUsb) await target.#unplugConsole();
    else await target.#plugConsole();
    return target;
  }

  /** Pulls the reset: the target starts anew with what its flash holds. */
  async reset(): Promise<void> {
    this.resets++;
    await this.halt();
    if (this.#place.isOwnUsb) await this.#plugConsole();
    await this.#start();
  }

  /** Stops the core; a console of its own goes away. */
  async halt(): Promise<void> {
    const core = this.#core;
    this.#core = undefined;
    if (core && core.exitCode === null && core.signalCode === null) {
      const gone = once(core, 'exit');
      core.kill('SIGKILL');
      await gone;
    }
    if (this.#place.isOwnUsb) await this.#unplugConsole();
  }

  /** The console goes and comes back under its names. */
  async replugConsole(): Promise<void> {
    await this.#unplugConsole();
    await this.#plugConsole();
  }

  async close(): Promise<void> {
    await this.halt();
    await this.#unplugConsole();
  }

  async #start(): Promise<void> {
    const { flashFile } = this.#place;
    writeFileSync(flashFile, this.flash);
    const machine = ['-M', 'mps2-an385', '-no-user-config', '-nodefaults', '-display', 'none'];
    const wires = ['-nic', 'none', '-serial', 'stdio', '-device', `loader,file=${flashFile}`];
    const core = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', '--', 'qemu-system-arm', ...machine, ...wires],
      { stdio: ['pipe', 'pipe', 'ignore'] },
    );
    core.stdin.on('error', () => undefined);
    const wire = this.#wire;
    const fromMs = wallMs();
    let tail = '';
    core.stdout.on('data', (bytes: Buffer) => {
      wire?.send(bytes);
      const text = tail + bytes.toString('latin1');
      if (text.includes(END)) this.runs.push({ fromMs, toMs: wallMs() });
      tail = text.slice(1 - END.length);
    });
    this.#core = core;
    await once(core, 'spawn');
  }

  #connect(wire: ConsoleWire): void {
    wire.onBytes((bytes) => this.#core?.stdin?.write(bytes));
    this.#wire = wire;
  }

  async #plugConsole(): Promise<void> {
    const pty = await PtyPair.open();
    this.#pty = pty;
    this.#connect(pty);
    const { consolePath, devicePath } = this.#place;
    for (const path of [consolePath, devicePath]) {
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true });
    }
    symlinkSync(pty.path, devicePath);
    symlinkSync(relative(dirname(consolePath), devicePath), consolePath);
  }

  /** The name goes a moment after the device, as with udev. */
  async #unplugConsole(): Promise<void> {
    await this.#pty?.unplug();
    this.#pty = undefined;
    rmSync(this.#place.devicePath, { force: true });
    rmSync(this.#place.consolePath, { force: true });
  }
}
