import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlasherPart, PartMaker } from '../../src/contracts/board-part.js';
import { maker as dfuUtil } from '../../src/drivers/flasher/dfu-util-flasher.js';
import { maker as jlink } from '../../src/drivers/flasher/jlink-flasher.js';
import { maker as openocd } from '../../src/drivers/flasher/openocd-flasher.js';
import { maker as picotool } from '../../src/drivers/flasher/picotool-flasher.js';
import { maker as pyocd } from '../../src/drivers/flasher/pyocd-flasher.js';
import { maker as stFlash } from '../../src/drivers/flasher/st-flash-flasher.js';
import { maker as stm32Programmer } from '../../src/drivers/flasher/stm32-programmer-flasher.js';
import { boardSpec } from '../support/assignments.js';
import { StandInTool, type ToolRule } from '../support/emulators/stand-in-tool.js';
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
  /** What the tool says, and a word of the cure. */
  readonly failures: readonly (readonly [string, RegExp])[];
  readonly transient?: string;
}

const SAMPLES: Record<string, Sample> = {
  pyocd: {
    maker: pyocd,
    params: { probe: '0240ABCD', target: 'k64f' },
    format: 'bin',
    success:
      '0001403 I Erased 8192 bytes (2 sectors), programmed 8192 bytes (8 pages), skipped 0 bytes (0 pages) at 20.11 kB/s [loader]\n',
    argv: 'load --no-wait --uid 0240ABCD --target k64f --format bin --base-address 0x00000000 IMAGE',
    failures: [
      ["0000357 C No connected debug probe matches unique ID '0240ABCD'", /pyocd list/],
      ['0000357 C Target type k64g not recognized', /pyocd pack install/],
    ],
    transient: '0000810 C Memory transfer fault (No ACK) @ 0xe000edf0',
  },
  openocd: {
    maker: openocd,
    params: { interface: 'interface/stlink.cfg', target: 'target/stm32f4x.cfg', probe: '066FFF' },
    format: 'bin',
    success: '** Programming Finished **\n** Verify Started **\n** Verified OK **\n',
    argv: 'gdb_port disabled; tcl_port disabled; telnet_port disabled|interface/stlink.cfg|adapter serial 066FFF|program {IMAGE} verify reset exit 0x00000000',
    failures: [
      ['Error: unable to open CMSIS-DAP device 0xd28:0x204', /60-openocd\.rules/],
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
    success:
      'Attempting to write 7840 (0x1ea0) bytes to stm32 address: 134217728 (0x8000000)\nFlash page at addr: 0x08000000 erased\nFlash page at addr: 0x08000800 erased\nFlash written and verified! jolly good!\n',
    argv: '--serial 066FFF --reset --connect-under-reset write IMAGE 0x08000000',
    failures: [
      ["Couldn't find any ST-Link devices", /st-info --serial/],
      ['ERROR flash_loader.c: stlink_flash_loader_run() failed! == -1', /Erase the chip/],
    ],
    transient: 'Failed to connect to target',
  },
  jlink: {
    maker: jlink,
    params: { probe: '683012345', device: 'nRF52840_xxAA' },
    format: 'bin',
    success: 'Downloading file [image.bin]...\nO.K.\n',
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
    success:
      'Loading into Flash: [==============================]  100%\nVerifying Flash:    [==============================]  100%\n  OK\n\nThe device was rebooted to start the application.\n',
    argv: 'load -v -x IMAGE -f --ser E6614103E7174A21',
    failures: [['No accessible RP2040 devices in BOOTSEL mode were found.', /BOOTSEL/]],
    transient: 'ERROR: The device was asked to reboot; rebooted but unable to connect',
  },
  'dfu-util': {
    maker: dfuUtil,
    params: { serial: '357A345B3037' },
    format: 'bin',
    success:
      'Download\t[=========================] 100%  7840 bytes\nFile downloaded successfully\n',
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
    success: 'File download complete\nVerifying ...\nDownload verified successfully\n',
    argv: '-c port=SWD sn=066FFF mode=UR reset=HWrst -w IMAGE 0x08000000 -v -hardRst',
    failures: [
      ['Error: No debug probe detected.', /STM32_Programmer_CLI -l/],
      ['Error: Data mismatch found at address 0x08000000', /protection/],
    ],
    transient: 'Error: ST-LINK error (DEV_TARGET_NOT_HELD)',
  },
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-tool-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe.each(Object.entries(SAMPLES))('%s', (name, sample) => {
  const image = { ...bin, info: { ...bin.info, format: sample.format } };

  function rig(rules: ToolRule[], more: Record<string, unknown> = {}) {
    const tool = new StandInTool(dir, 'tool', rules);
    const params = { ...sample.params, executable: tool.path, ...more };
    const context = { where: 'board b: flasher', board: boardSpec('b'), workDir: dir };
    return { tool, flasher: sample.maker.create(params, context) };
  }

  it('flashes with these arguments and reports what was written', async () => {
    const { tool, flasher } = rig([{ stdout: sample.success }]);
    const report = await flasher.flash(image, wanted);
    const shown = (tool.calls[0] ?? [])
      .map((arg) => arg.replace(join(dir, `image.${sample.format}`), 'IMAGE'))
      .map((arg) => arg.replace(join(dir, `${name}.commands`), 'SCRIPT'));
    if (sample.argv.includes('|'))
      for (const arg of sample.argv.split('|')) expect(shown).toContain(arg);
    else expect(shown.join(' ')).toBe(sample.argv);
    expect(report?.bytesWritten).toBeGreaterThan(0);
    expect(report?.sectorsWritten).toBeGreaterThan(0);
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
    const { flasher } = rig([{ hang: true }]);
    const cancel = new AbortController();
    const flashing = flasher.flash(image, cancel.signal);
    setTimeout(() => cancel.abort(new Error('cancelled')), 50);
    await expect(flashing).rejects.toThrow('cancelled');
  });

  it('that is not installed says how to get it', async () => {
    const { flasher } = rig([], { executable: '/nonexistent/tool' });
    await expect(flasher.check(wanted)).rejects.toThrow(/not installed\. .*[Ii]nstall/);
    await expect(flasher.flash(image, wanted)).rejects.toMatchObject({ reason: 'flashFailed' });
  });

  it('tells its version when it is looked at', async () => {
    const { flasher } = rig([{ stdout: `${name} 1.2.3\nmore\n` }]);
    expect(await flasher.check(wanted)).toBe(`${name}: ${name} 1.2.3`);
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
