import { join } from 'node:path';
import type { BoardSpec } from '@greenrack/farm-protocol';
import { EmulatedTarget } from './emulated-target.js';
import { HubEmulator } from './hub-emulator.js';
import { ProbeLine } from './probe-line.js';
import { StandInTool } from './stand-in-tool.js';
import { TOOL_WORDS } from './tool-words.js';
import { Uf2DriveEmulator } from './uf2-drive-emulator.js';
import { PICO } from './usb-board-emulator.js';
import { UsbMachine } from './usb-machine.js';

/**
 * A Pico that starts into its boot loader whenever its supply comes (BOOTSEL is pulled), on a hub that switches its
 * ports. Its console is the chip's own USB, so it is there while firmware runs.
 */
export class Uf2BoardEmulator {
  readonly machine: UsbMachine;
  readonly drive: Uf2DriveEmulator;
  readonly target: EmulatedTarget;
  readonly hub: HubEmulator;
  readonly #line: ProbeLine;
  readonly #picotool: StandInTool;

  private constructor(
    machine: UsbMachine,
    board: { drive: Uf2DriveEmulator; target: EmulatedTarget; hub: HubEmulator },
    line: ProbeLine,
  ) {
    this.machine = machine;
    this.drive = board.drive;
    this.target = board.target;
    this.hub = board.hub;
    this.#line = line;
    this.#picotool = new StandInTool(machine.root, 'picotool', [
      { when: 'version', stdout: TOOL_WORDS.picotool.version },
      { when: 'reboot', tell: line.path },
    ]);
  }

  static async start(): Promise<Uf2BoardEmulator> {
    const machine = new UsbMachine();
    machine.plug(PICO);
    const { root } = machine;
    const target = await EmulatedTarget.plug({
      consolePath: machine.portNames(PICO)[0] ?? '',
      devicePath: join(root, 'dev/ttyACM0'),
      flashFile: join(root, 'flash.bin'),
      isOwnUsb: true,
    });
    const drive = new Uf2DriveEmulator(join(root, 'media/RPI-RP2'), async (memory) => {
      target.flash = memory;
      await target.reset();
    });
    const hub = await HubEmulator.start(root, async (isOn) => {
      drive.unmount();
      await target.halt();
      if (isOn) drive.mount();
    });
    const line = await ProbeLine.listen(join(root, 'probe.sock'), async () => {
      await target.reset();
      return TOOL_WORDS.picotool.reset;
    });
    return new Uf2BoardEmulator(machine, { drive, target, hub }, line);
  }

  /** As an inventory would have it. */
  spec(more: Record<string, unknown> = {}): BoardSpec {
    const { serial } = PICO;
    const { hub, drive, machine } = this;
    const path = machine.portNames(PICO)[0];
    const params = {
      console: { kind: 'serial', path, baudRate: 115_200, vanishesAtReset: true },
      flasher: { kind: 'uf2', mountPoint: drive.mountPoint, boardId: 'RPI-RP2' },
      reset: { kind: 'picotool', serial, executable: this.#picotool.path, root: machine.root },
      power: { kind: 'uhubctl', ...hub.wiring, executable: hub.executable, offMs: 0 },
      bootMs: 0,
      ...more,
    };
    const wiring = { driver: 'usb', params };
    return { serial, target: 'FVP_MPS2_M3', model: 'test', tags: [], fixtures: [], wiring };
  }

  async close(): Promise<void> {
    this.#line.close();
    this.hub.close();
    this.drive.unmount();
    await this.target.close();
    this.machine.close();
  }
}
