import type { ToolAnswer } from './probe-line.js';

/*
 * What flash tools say, as far as drivers listen: openocd 0.12.0, st-flash 1.7.0 and picotool 2.2. Read off the tools
 * themselves (messages without hardware, their strings) and their sources.
 */

/** What was asked of a tool. */
export type ToolTask =
  | { readonly task: 'flash'; readonly path: string }
  | { readonly task: 'reset' }
  | { readonly task: 'version' };

export interface ToolWords {
  /** Undefined for arguments that the tool does not take. */
  understand(argv: readonly string[]): ToolTask | undefined;
  /** Serial number of the probe or board that was asked for. */
  serialIn(argv: readonly string[]): string | undefined;
  readonly version: string;
  flashed(bytes: number): ToolAnswer;
  readonly reset: ToolAnswer;
  /** There is no such probe. */
  missing(serial: string): ToolAnswer;
}

const after = (argv: readonly string[], option: string): string | undefined =>
  argv.includes(option) ? argv[argv.indexOf(option) + 1] : undefined;

const OPENOCD_HEAD = 'Open On-Chip Debugger 0.12.0\nLicensed under GNU GPL v2\n';

const openocd: ToolWords = {
  understand(argv) {
    if (argv.includes('--version')) return { task: 'version' };
    const commands = argv.filter((_, i) => argv[i - 1] === '-c');
    const path = commands.map((text) => /^program \{(.+)\} /.exec(text)?.[1]).find(Boolean);
    if (path !== undefined) return { task: 'flash', path };
    return commands.includes('init; reset run; shutdown') ? { task: 'reset' } : undefined;
  },
  serialIn: (argv) =>
    argv.map((text) => /^adapter serial (\S+)$/.exec(text)?.[1]).find((found) => found),
  version: OPENOCD_HEAD,
  flashed: () => ({
    stderr: `${OPENOCD_HEAD}Info : clock speed 2000 kHz
Info : STLINK V2J37M26 (API v2) VID:PID 0483:374B
Info : Target voltage: 3.254882
Info : [stm32f4x.cpu] Cortex-M4 r0p1 processor detected
** Programming Started **
Info : device id = 0x10006434
Info : flash size = 1024 kbytes
** Programming Finished **
** Verify Started **
** Verified OK **
** Resetting Target **
shutdown command invoked
`,
  }),
  reset: { stderr: `${OPENOCD_HEAD}shutdown command invoked\n` },
  missing: () => ({
    stderr: `${OPENOCD_HEAD}Error: open failed\n** OpenOCD init failed **\nshutdown command invoked\n\n`,
    exit: 1,
  }),
};

const PAGE_BYTES = 16_384;

const stFlash: ToolWords = {
  understand(argv) {
    if (argv.includes('--version')) return { task: 'version' };
    const path = after(argv, 'write');
    if (path !== undefined) return { task: 'flash', path };
    return argv.at(-1) === 'reset' ? { task: 'reset' } : undefined;
  },
  serialIn: (argv) => after(argv, '--serial'),
  version: 'v1.7.0\n',
  flashed: (bytes) => ({
    stdout: 'st-flash 1.7.0\n',
    stderr: [
      'INFO common.c: stm32f4x: 192 KiB SRAM, 1024 KiB flash in at least 16 KiB pages.',
      `INFO common.c: Attempting to write ${bytes} (0x${bytes.toString(16)}) bytes to stm32 address: 134217728 (0x8000000)`,
      ...Array.from({ length: Math.ceil(bytes / PAGE_BYTES) }, (_, page) => {
        const address = (0x0800_0000 + page * PAGE_BYTES).toString(16).padStart(8, '0');
        return `INFO common.c: Flash page at addr: 0x${address} erased`;
      }),
      'INFO common.c: Starting verification of write complete',
      'INFO common.c: Flash written and verified! jolly good!',
      '',
    ].join('\n'),
  }),
  reset: { stdout: 'st-flash 1.7.0\n' },
  missing: () => ({
    stdout: 'st-flash 1.7.0\n',
    stderr: "WARN usb.c: Couldn't find any ST-Link devices\n",
    exit: 255,
  }),
};

const picotool: ToolWords = {
  understand(argv) {
    if (argv[0] === 'version') return { task: 'version' };
    if (argv[0] === 'reboot') return { task: 'reset' };
    const path = argv.slice(1).find((arg) => arg.startsWith('/'));
    return argv[0] === 'load' && path !== undefined ? { task: 'flash', path } : undefined;
  },
  serialIn: (argv) => after(argv, '--ser'),
  version: 'picotool v2.2.0 (Linux, GNU-12.2.0, Release)\n',
  flashed: () => ({
    stdout: `The device was asked to reboot into BOOTSEL mode so the command can be executed.

Loading into Flash:   [==============================]  100%
Verifying Flash:      [==============================]  100%
  OK

The device was rebooted to start the application.
`,
  }),
  reset: { stdout: 'The device was rebooted into application mode.\n' },
  missing: (serial) => ({
    stdout: `No accessible RP-series devices in BOOTSEL mode were found with serial number ${serial}.\n`,
    exit: 249,
  }),
};

export const TOOL_WORDS = { openocd, picotool, 'st-flash': stFlash } as const;
export type EmulatedTool = keyof typeof TOOL_WORDS;
