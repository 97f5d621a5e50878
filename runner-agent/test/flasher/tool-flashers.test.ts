import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { StandInTool, type ToolRule } from '../../../e2e/src/emulators/stand-in-tool.js';
import { TOOL_WORDS } from '../../../e2e/src/emulators/tool-words.js';
import { type EmulatedUsb, UsbMachine } from '../../../e2e/src/emulators/usb-machine.js';
import type { FlasherPart, PartMaker } from '../../src/contracts/board-part.js';
import { maker as dfuUtil } from '../../src/drivers/flasher/dfu-util-flasher.js';
import { maker as jlink } from '../../src/drivers/flasher/jlink-flasher.js';
import { maker as openocd } from '../../src/drivers/flasher/openocd-flasher.js';
import { maker as picotool } from '../../src/drivers/flasher/picotool-flasher.js';
import { maker as pyocd } from '../../src/drivers/flasher/pyocd-flasher.js';
import { maker as stFlash } from '../../src/drivers/flasher/st-flash-flasher.js';
import { maker as stm32Programmer } from '../../src/drivers/flasher/stm32-programmer-flasher.js';
import { boardSpec } from '../support/assignments.js';
import { flashImage } from '../support/flash-image.js';

jest.setTimeout(30_000);
const wanted = new AbortController().signal;
const bin = flashImage('smallest.bin');

interface Sample {
  readonly maker: PartMaker<FlasherPart>;
  readonly params: Record<string, unknown>;
  readonly format: 'bin' | 'uf2';
  readonly success: string;
  /** Arguments as a line; `IMAGE` and `SCRIPT` stand for paths. */
  readonly argv: string;
  readonly script?: string;
  /** Arguments that erase all, likewise; undefined for tools that cannot. */
  readonly erase?: string;
  /** What the tool says, and a word of the cure. */
  readonly failures: readonly (readonly [string, RegExp])[];
  readonly transient?: string;
  /** What the note about the flashing tells of the board. */
  readonly tells: RegExp;
}

const SAMPLES: Record<string, Sample> = {
  pyocd: {
    maker: pyocd,
    params: { probe: '0240ABCD', target: 'k64f' },
    format: 'bin',
    success:
      '0001403 I Erased 8192 bytes (2 sectors), programmed 8192 bytes (8 pages), identical 0 bytes (0 pages) at 20.11 kB/s [loader]\n',
    tells: /0240ABCD, found by the tool; chip not told$/,
    erase: 'erase --no-wait --uid 0240ABCD --target k64f --mass',
    argv: 'load --no-wait --uid 0240ABCD --target k64f --format bin --base-address 0x00000000 IMAGE',
    failures: [
      ["No connected debug probe matches unique ID '0240ABCD'", /pyocd list/],
      ["More than one debug probe matches unique ID '0240ABCD':", /whole unique id/],
      ['0000357 C Target type k64g not recognized', /pyocd pack install/],
    ],
    transient: '0000810 C Memory transfer fault (No ACK) @ 0xe000edf0',
  },
  openocd: {
    maker: openocd,
    params: { interface: 'interface/stlink.cfg', target: 'target/stm32f4x.cfg', probe: '066FFF' },
    format: 'bin',
    success: TOOL_WORDS.openocd.flashed(7840).stderr ?? '',
    tells: /066FFF, found by the tool; chip 0x10006434, not compared$/,
    erase:
      'gdb_port disabled; tcl_port disabled; telnet_port disabled|init; reset halt; for {set i 0} {$i < [llength [flash list]]} {incr i} {flash erase_sector $i 0 last}; shutdown',
    argv: 'gdb_port disabled; tcl_port disabled; telnet_port disabled|interface/stlink.cfg|adapter serial 066FFF|program {IMAGE} verify reset exit 0x00000000',
    failures: [
      [TOOL_WORDS.openocd.missing('066FFF').stderr ?? '', /60-openocd\.rules/],
      ['Error: unable to find a matching CMSIS-DAP device', /60-openocd\.rules/],
      ["Error: unable to open ftdi device with vid 15ba, pid 0003, serial '066FFF'", /udev rules/],
      ['Warn : UNEXPECTED idcode: 0x2ba01477', /flasher\.target is the chip/],
      ['swj-dp.tcl:30: Error: newtap: nrf52.cpu missing IR length', /transport to swd/],
      ['** Programming Finished **\n** Verify Failed **', /worn out/],
      ['** Programming Failed **', /Unlock/],
      ["Can't find target/stm32f9x.cfg", /flasher\.target/],
    ],
    transient: 'Error: Error connecting DP: cannot read IDR',
  },
  'st-flash': {
    maker: stFlash,
    params: { probe: '066FFF' },
    format: 'bin',
    success: TOOL_WORDS['st-flash'].flashed(7840).stderr ?? '',
    tells: /066FFF, found by the tool; chip stm32f4x, not compared$/,
    erase: '--serial 066FFF --connect-under-reset erase',
    argv: '--serial 066FFF --reset --connect-under-reset write IMAGE 0x08000000',
    failures: [
      [TOOL_WORDS['st-flash'].missing('066FFF').stderr ?? '', /st-info --serial/],
      ['ERROR common.c: Flash memory is write protected', /option bytes/],
      ['ERROR flash_loader.c: stlink_flash_loader_run() failed! == -1', /Erase the chip/],
    ],
    transient: 'Failed to connect to target',
  },
  jlink: {
    maker: jlink,
    params: { probe: '683012345', device: 'nRF52840_xxAA' },
    format: 'bin',
    success:
      'S/N: 683012345\nDevice "NRF52840_XXAA" selected.\nDownloading file [image.bin]...\nO.K.\n',
    tells: /683012345, confirmed by the tool; chip NRF52840_XXAA, not compared$/,
    erase:
      '-NoGui 1 -ExitOnError 1 -AutoConnect 1 -USB 683012345 -Device nRF52840_xxAA -If SWD -Speed 4000 -CommandFile SCRIPT',
    argv: '-NoGui 1 -ExitOnError 1 -AutoConnect 1 -USB 683012345 -Device nRF52840_xxAA -If SWD -Speed 4000 -CommandFile SCRIPT',
    script: 'r\nloadfile "IMAGE" 0x00000000\nr\ng\nexit\n',
    failures: [
      ['Connecting to J-Link via USB...FAILED: Failed to open DLL', /SEGGER/],
      ['Unknown device "nRF99"', /flasher\.device/],
    ],
    transient: 'Cannot connect to target.',
  },
  picotool: {
    maker: picotool,
    params: { serial: 'E6614103E7174A21' },
    format: 'uf2',
    success: TOOL_WORDS.picotool.flashed(7840).stdout ?? '',
    tells: /E6614103E7174A21, found by the tool; chip not told$/,
    argv: 'load -v -x IMAGE -f --ser E6614103E7174A21',
    failures: [
      [TOOL_WORDS.picotool.missing('E661').stdout ?? '', /BOOTSEL/],
      ['No accessible RP2040 devices in BOOTSEL mode were found.', /BOOTSEL/],
    ],
    transient: 'ERROR: The device was asked to reboot; rebooted but unable to connect',
  },
  'dfu-util': {
    maker: dfuUtil,
    params: { serial: '357A345B3037' },
    format: 'bin',
    success:
      'Download\t[=========================] 100%  7840 bytes\nFile downloaded successfully\n',
    tells: /357A345B3037, found by the tool; chip not told$/,
    argv: '-d 0483:df11 -S 357A345B3037 -a 0 -s 0x08000000:leave -D IMAGE',
    failures: [
      ['No DFU capable USB device available', /BOOT0/],
      ['Cannot open DFU device 0483:df11', /udev/],
      ['Error during download get_status', /cable/],
    ],
  },
  'stm32-programmer': {
    maker: stm32Programmer,
    params: { probe: '066FFF' },
    format: 'bin',
    success:
      'ST-LINK SN  : 066FFF\nDevice name : STM32F42xxx/F43xxx\nFile download complete\nVerifying ...\nDownload verified successfully\n',
    tells: /066FFF, confirmed by the tool; chip STM32F42xxx\/F43xxx, not compared$/,
    erase: '-c port=SWD sn=066FFF mode=UR reset=HWrst -e all',
    argv: '-c port=SWD sn=066FFF mode=UR reset=HWrst -w IMAGE 0x08000000 -v -hardRst',
    failures: [
      ['Error: No debug probe detected.', /STM32_Programmer_CLI -l/],
      ['Error: Data mismatch found at address 0x08000000', /protection/],
    ],
    transient: 'Error: ST-LINK error (DEV_TARGET_NOT_HELD)',
  },
};

let dir: string;
let machine: UsbMachine;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-tool-'));
  machine = new UsbMachine();
});
afterEach(() => {
  machine.close();
  rmSync(dir, { recursive: true, force: true });
});

describe.each(Object.entries(SAMPLES))('%s', (name, sample) => {
  const image = { ...bin, info: { ...bin.info, format: sample.format } };

  const serial = String(sample.params.probe ?? sample.params.serial);

  function rig(rules: ToolRule[], more: Record<string, unknown> = {}) {
    const tool = new StandInTool(dir, 'tool', rules);
    const params = { ...sample.params, executable: tool.path, root: machine.root, ...more };
    const board = { ...boardSpec('b'), target: 'K64F', detectCodes: ['0240'] };
    const context = { where: 'board b: flasher', board, workDir: dir };
    return { tool, flasher: sample.maker.create(params, context) };
  }

  function plug(more: Partial<EmulatedUsb> = {}): void {
    const usb = { usbPath: '1-1.4', vendorId: '0483', productId: '374b', product: 'STLink' };
    machine.plug({ ...usb, serial, ...more });
  }

  function expectCall(tool: StandInTool, argv: string): void {
    const shown = (tool.calls[0] ?? [])
      .map((arg) => arg.replace(join(dir, `image.${sample.format}`), 'IMAGE'))
      .map((arg) => arg.replace(join(dir, `${name}.commands`), 'SCRIPT'));
    if (argv.includes('|')) for (const arg of argv.split('|')) expect(shown).toContain(arg);
    else expect(shown.join(' ')).toBe(argv);
  }

  it('erases all with these arguments, or says that it does not', async () => {
    const { tool, flasher } = rig([{}]);
    const said = await flasher.erase?.(wanted);
    if (sample.erase === undefined) {
      expect([said, tool.calls]).toEqual([undefined, []]);
      return;
    }
    expect(said).toBe(`erased by ${name}: all of its memory`);
    expectCall(tool, sample.erase);
    if (sample.script !== undefined)
      expect(readFileSync(join(dir, `${name}.commands`), 'utf8')).toBe('r\nerase\nexit\n');
  });

  it('flashes with these arguments and reports what was written', async () => {
    const { tool, flasher } = rig([{ stdout: sample.success }]);
    const report = await flasher.flash(image, wanted);
    expectCall(tool, sample.argv);
    expect(report?.bytesWritten).toBeGreaterThan(0);
    expect(report?.sectorsWritten).toBeGreaterThan(0);
    expect(report?.detail).toMatch(sample.tells);
    if (sample.script === undefined) return;
    const script = readFileSync(join(dir, `${name}.commands`), 'utf8');
    expect(script.replace(join(dir, `image.${sample.format}`), 'IMAGE')).toBe(sample.script);
  });

  it.each(sample.failures)('knows what helps against: %s', async (says, cure) => {
    const { flasher } = rig([{ stderr: `${says}\n`, exit: 1 }]);
    await expect(flasher.flash(image, wanted)).rejects.toMatchObject({
      reason: 'flashFailed',
      message: expect.stringMatching(cure),
    });
  });

  it('does not believe exit code 0 alone', async () => {
    const { flasher } = rig([{ stdout: 'nothing to see here\n' }]);
    await expect(flasher.flash(image, wanted)).rejects.toMatchObject({
      reason: 'flashFailed',
      message: expect.stringMatching(/nothing to see/),
    });
  });

  it('kills a tool that hangs', async () => {
    const { flasher } = rig([{ stdout: 'connecting\n', hang: true }], { timeoutMs: 300 });
    await expect(flasher.flash(image, wanted)).rejects.toThrow(/within 300 ms.*killed/);
  });

  it('stops with the run', async () => {
    const { tool, flasher } = rig([{ hang: true }]);
    const cancel = new AbortController();
    const stopped = expect(flasher.flash(image, cancel.signal)).rejects.toThrow('cancelled');
    while (tool.calls.length === 0) await setImmediate();
    cancel.abort(new Error('cancelled'));
    await stopped;
  });

  it('that is not installed says how to get it', async () => {
    const { flasher } = rig([], { executable: '/nonexistent/tool' });
    await expect(flasher.check(wanted)).rejects.toThrow(/not installed\. .*[Ii]nstall/);
    await expect(flasher.flash(image, wanted)).rejects.toMatchObject({ reason: 'flashFailed' });
  });

  it('tells its version and where the board is when it is looked at', async () => {
    plug();
    const { flasher } = rig([{ stdout: `${name} 1.2.3\nmore\n` }]);
    const told = `${name}: ${name} 1.2.3; ${serial} at USB 1-1.4, it does not tell what kind of board it is`;
    expect(await flasher.check(wanted)).toBe(told);
  });

  it('says that the board is not plugged in, and what is', async () => {
    plug({ serial: 'OTHER1' });
    const { flasher } = rig([{}]);
    if (name === 'dfu-util') {
      expect(await flasher.check(wanted)).toMatch(/is not in its boot loader/);
      return;
    }
    const message = new RegExp(`no USB device.*${serial}; there is STLink OTHER1. Plug the board`);
    await expect(flasher.check(wanted)).rejects.toThrow(message);
  });

  it('refuses a board of another kind, and says which is plugged in and which should be', async () => {
    const html = '<a href="http://mbed.org/device/?code=079602210000000000000000">';
    plug({ disk: 'sdb', files: { 'MBED.HTM': html } });
    const { flasher } = rig([{}]);
    const message =
      /tells detect code 0796.*inventory has b here, a K64F with 0240.*detectCode to 0796/;
    await expect(flasher.check(wanted)).rejects.toThrow(message);
    const pinned = rig([{ stdout: '1.0' }], { detectCode: '0796' }).flasher;
    expect(await pinned.check(wanted)).toMatch(/detect code 0796 as K64F$/);
  });

  it('takes no option where a serial number belongs', () => {
    const field = 'probe' in sample.params ? 'probe' : 'serial';
    expect(() => rig([], { [field]: '--erase' })).toThrow(new RegExp(field));
  });

  if (sample.transient !== undefined)
    it('tries once more when the target did not answer', async () => {
      const { tool, flasher } = rig([{ stderr: `${sample.transient}\n`, exit: 1 }]);
      await expect(flasher.flash(image, wanted)).rejects.toThrow(/said: /);
      expect(tool.calls).toHaveLength(2);
    });
});

it('J-Link is not believed when it has flashed at another probe', async () => {
  const tool = new StandInTool(dir, 'tool', [{ stdout: 'S/N: 683099999\nO.K.\n' }]);
  const params = { ...SAMPLES.jlink?.params, executable: tool.path, root: machine.root };
  const context = { where: 'board b: flasher', board: boardSpec('b'), workDir: dir };
  await expect(jlink.create(params, context).flash(bin, wanted)).rejects.toMatchObject({
    reason: 'flashFailed',
    message: expect.stringMatching(/at probe 683099999, but the inventory has 683012345/),
  });
});

it('picotool takes a Pico in its boot loader for present, though its serial number is hidden', async () => {
  const pico = { usbPath: '1-1', vendorId: '2e8a', productId: '0003', product: 'RP2 Boot' };
  machine.plug({ ...pico, serial: 'E0C912D24340' });
  const tool = new StandInTool(dir, 'tool', [{ stdout: 'picotool v2.2.0\n' }]);
  const params = { serial: 'E6614103E7174A21', executable: tool.path, root: machine.root };
  const context = { where: 'board b: flasher', board: boardSpec('b'), workDir: dir };
  expect(await picotool.create(params, context).check(wanted)).toMatch(/boot loader at USB 1-1/);
});

it('holds nothing against a probe whose serial number is raw bytes, as those of ST-Link clones', async () => {
  const stLink = { usbPath: '1-2', vendorId: '0483', productId: '3748', product: 'STM32 STLink' };
  machine.plug({ ...stLink, serial: '\u00ff\u0006qPuU\u00b6' });
  const tool = new StandInTool(dir, 'tool', [{ stdout: 'v1.7.0\n' }]);
  const params = { probe: 'FF067150755', executable: tool.path, root: machine.root };
  const context = { where: 'board b: flasher', board: boardSpec('b'), workDir: dir };
  expect(await stFlash.create(params, context).check(wanted)).toMatch(/USB 1-2, whose serial/);
});

it('takes the serial number of a DAPLink probe for its ID when its drive is not mounted', async () => {
  const serial = '0240000034544e45001a00018aa900292011000097969900';
  const probe = { usbPath: '1-2', vendorId: '0d28', productId: '0204', product: 'DAPLink' };
  machine.plug({ ...probe, serial });
  const tool = new StandInTool(dir, 'tool', [{ stdout: '0.36.0\n' }]);
  const params = { probe: serial, executable: tool.path, root: machine.root };
  const board = { ...boardSpec('b'), target: 'LPC1768', detectCodes: ['1010'] };
  const flasher = pyocd.create(params, { where: 'board b: flasher', board, workDir: dir });
  await expect(flasher.check(wanted)).rejects.toThrow(/tells detect code 0240.*LPC1768 with 1010/);
});
