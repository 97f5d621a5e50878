import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BoardSpec } from '@greenrack/farm-protocol';
import { EmulatedTarget } from './emulated-target.js';
import { ProbeLine, type ToolAnswer } from './probe-line.js';
import { StandInTool } from './stand-in-tool.js';
import { type EmulatedTool, TOOL_WORDS } from './tool-words.js';
import { type EmulatedUsb, UsbMachine } from './usb-machine.js';

/** USB devices as `lsusb` shows them. */
const ST_LINK = {
  usbPath: '1-1.2',
  vendorId: '0483',
  productId: '374b',
  product: 'STM32 STLink',
  serial: '066FFF495254707867252236',
  ttys: { 2: 'ttyACM0' },
  disk: 'sda',
  files: {
    'DETAILS.TXT': 'Version: 0221\r\nBuild:   Jan 12 2018 11:04:31\r\n',
    'MBED.HTM':
      '<meta http-equiv="refresh" content="0; url=http://mbed.org/device/?code=07960221d6bd5eca2e3bd2a4">',
  },
} satisfies EmulatedUsb;
export const PICO = {
  usbPath: '1-1.3',
  vendorId: '2e8a',
  productId: '000a',
  product: 'Pico',
  serial: 'E6614103E7174A21',
  ttys: { 0: 'ttyACM0' },
} satisfies EmulatedUsb;

/** A board that a tool flashes: an ST-Link board (openocd, st-flash), or a Pico, whose console is the chip's own USB. */
export class UsbBoardEmulator {
  readonly machine = new UsbMachine();
  readonly usb: EmulatedUsb;
  /** Answers for the next calls of the tool, in place of what it would say. */
  readonly failures: ToolAnswer[] = [];
  flashings = 0;
  #tool: StandInTool | undefined;
  #target: EmulatedTarget | undefined;
  #line: ProbeLine | undefined;
  readonly #kind: EmulatedTool;

  private constructor(kind: EmulatedTool) {
    this.#kind = kind;
    this.usb = kind === 'picotool' ? PICO : ST_LINK;
    this.machine.plug(this.usb);
  }

  /** @param kind - the tool that flashes it */
  static async start(kind: EmulatedTool): Promise<UsbBoardEmulator> {
    const board = new UsbBoardEmulator(kind);
    const { root } = board.machine;
    board.#target = await EmulatedTarget.plug({
      consolePath: board.consolePath,
      devicePath: join(root, 'dev/ttyACM0'),
      flashFile: join(root, 'flash.bin'),
      isOwnUsb: kind === 'picotool',
    });
    const answer = async (argv: readonly string[]) => await board.#answer(argv);
    board.#line = await ProbeLine.listen(join(root, 'probe.sock'), answer);
    board.#tool = new StandInTool(root, kind, [{ tell: board.#line.path }]);
    return board;
  }

  get consolePath(): string {
    return this.machine.portNames(this.usb)[0] ?? '';
  }

  get target(): EmulatedTarget {
    if (!this.#target) throw new Error('the board is not plugged in yet');
    return this.#target;
  }

  /** Arguments of every call of the tool. */
  get calls(): string[][] {
    return this.#tool?.calls ?? [];
  }

  /** As an inventory would have it. */
  spec(more: Record<string, unknown> = {}): BoardSpec {
    const { serial } = this.usb;
    const params = {
      console: {
        kind: 'serial',
        path: this.consolePath,
        baudRate: 115_200,
        vanishesAtReset: this.#kind === 'picotool',
      },
      flasher: {
        kind: this.#kind,
        executable: this.#tool?.path,
        root: this.machine.root,
        ...this.#own(serial),
      },
      bootMs: 0,
      ...more,
    };
    const wiring = { driver: 'usb', params };
    return { serial, target: 'FVP_MPS2_M3', model: 'test', tags: [], fixtures: [], wiring };
  }

  /** The probe enumerates anew, as after a short cut of its cable; its port keeps its name. */
  replugProbe(): void {
    this.machine.countAnew(this.usb);
  }

  /** The port gets a new node and a new name. */
  async replugConsole(): Promise<void> {
    await this.target.replugConsole();
  }

  async close(): Promise<void> {
    this.#line?.close();
    await this.#target?.close();
    this.machine.close();
  }

  #own(serial: string): Record<string, unknown> {
    if (this.#kind === 'picotool') return { serial };
    const scripts = { interface: 'interface/stlink.cfg', target: 'target/stm32f4x.cfg' };
    return { probe: serial, ...(this.#kind === 'openocd' ? scripts : {}) };
  }

  async #answer(argv: readonly string[]): Promise<ToolAnswer> {
    const words = TOOL_WORDS[this.#kind];
    const asked = words.understand(argv);
    if (!asked) return { stderr: `what is ${argv.join(' ')}?\n`, exit: 64 };
    if (asked.task === 'version') return { stdout: words.version };
    const failure = this.failures.shift();
    if (failure) return failure;
    const serial = words.serialIn(argv) ?? '';
    if (serial !== this.usb.serial) return words.missing(serial);
    if (asked.task === 'reset') {
      await this.target.reset();
      return words.reset;
    }
    await this.target.halt();
    this.target.flash = readFileSync(asked.path);
    this.flashings++;
    await this.target.reset();
    return words.flashed(this.target.flash.length);
  }
}
