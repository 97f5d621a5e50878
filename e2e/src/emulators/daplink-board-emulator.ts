import { join } from 'node:path';
import type { BoardSpec } from '@greenrack/farm-protocol';
import type { BusySpan } from './busy-span.js';
import { DaplinkDriveEmulator } from './daplink-drive-emulator.js';
import { type ConsoleWire, EmulatedTarget } from './emulated-target.js';
import { PortServerEmulator } from './port-server-emulator.js';
import { ProbeLine } from './probe-line.js';
import { StandInTool } from './stand-in-tool.js';
import { type EmulatedUsb, UsbMachine } from './usb-machine.js';

export const UNIQUE_ID = '0240000034544e45001a00018aa900292011000097969900';

const DAPLINK = {
  usbPath: '1-1.1',
  vendorId: '0d28',
  productId: '0204',
  product: 'DAPLink CMSIS-DAP',
  serial: UNIQUE_ID,
  ttys: { 1: 'ttyACM0' },
  disk: 'sda',
} satisfies EmulatedUsb;

/**
 * A whole board with a DAPLink probe: its drive, its serial port, and a target that really runs what was copied. A pty
 * has no break, so the target is reset by a stand-in for `pyocd reset` that talks to the emulated probe, or by a break
 * that comes through a serial port server.
 */
export class DaplinkBoardEmulator {
  readonly machine: UsbMachine;
  readonly drive: DaplinkDriveEmulator;
  readonly target: EmulatedTarget;
  readonly consolePath: string;
  readonly pyocd: StandInTool;
  /** Starts what was programmed by itself, as probes with `Auto Reset: 1` do. */
  autoReset = false;
  readonly #line: ProbeLine;
  readonly #uniqueId: string;

  private constructor(
    machine: UsbMachine,
    parts: {
      uniqueId: string;
      target: EmulatedTarget;
      consolePath: string;
      drive: DaplinkDriveEmulator;
    },
    line: ProbeLine,
  ) {
    this.machine = machine;
    this.#uniqueId = parts.uniqueId;
    this.target = parts.target;
    this.consolePath = parts.consolePath;
    this.drive = parts.drive;
    this.#line = line;
    this.drive.onProgrammed = () => {
      if (this.autoReset) void this.reset();
    };
    const rules = [
      { when: '--version', stdout: '0.36.0\n' },
      { when: 'reset', tell: line.path },
    ];
    this.pyocd = new StandInTool(machine.root, 'pyocd', rules);
  }

  /** @param wire - in place of a pty of its own; a break at a serial port server resets the target */
  static async start(wire?: ConsoleWire, uniqueId = UNIQUE_ID): Promise<DaplinkBoardEmulator> {
    const machine = new UsbMachine();
    const { root } = machine;
    const drive = new DaplinkDriveEmulator(join(root, 'media/DAPLINK'), uniqueId);
    const usb = { ...DAPLINK, serial: uniqueId, mountPoint: drive.mountPoint };
    machine.plug(usb);
    const consolePath = machine.portNames(usb)[0] ?? '';
    const target = await EmulatedTarget.plug({
      consolePath,
      devicePath: join(root, 'dev/ttyACM0'),
      flashFile: join(root, 'flash.bin'),
      isOwnUsb: false,
      ...(wire === undefined ? {} : { wire }),
    });
    const line: ProbeLine = await ProbeLine.listen(join(root, 'probe.sock'), async () => {
      await board.reset();
      return {};
    });
    const board = new DaplinkBoardEmulator(machine, { uniqueId, target, consolePath, drive }, line);
    if (wire instanceof PortServerEmulator) wire.onBreak = async () => await board.reset();
    return board;
  }

  /** When tests waited for the board: transfers, programming and remounts; the reset tool; the firmware. */
  get busySpans(): BusySpan[] {
    return [...this.drive.transfers, ...this.pyocd.spans, ...this.target.runs];
  }

  /** As an inventory would have it. */
  spec(more: Record<string, unknown> = {}): BoardSpec {
    const { root } = this.machine;
    const serial = this.#uniqueId;
    const params = {
      console: { path: this.consolePath, kind: 'serial', baudRate: 115_200 },
      flasher: { mountPoint: this.drive.mountPoint, uniqueId: serial },
      reset: { kind: 'pyocd', probe: serial, executable: this.pyocd.path, root },
      bootMs: 0,
      ...more,
    };
    const wiring = { driver: 'daplink', params };
    const target = 'FVP_MPS2_M3';
    return { serial, target, model: 'test', tags: [], fixtures: [], wiring };
  }

  /** Pulls nRST: the target starts with what was copied. */
  async reset(): Promise<void> {
    this.target.flash = this.drive.flashed ?? Buffer.alloc(0);
    await this.target.reset();
  }

  async close(): Promise<void> {
    this.#line.close();
    this.drive.close();
    await this.target.close();
    this.machine.close();
  }
}
