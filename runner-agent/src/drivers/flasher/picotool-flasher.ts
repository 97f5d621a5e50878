import { z } from 'zod';
import type { FlashTool } from '../tool/flash-tool.js';
import { toolMaker } from '../tool/tool-flasher.js';
import { probeSchema, toolFields } from '../tool/tool-params.js';

const params = z.strictObject({
  ...toolFields('picotool'),
  /** USB serial number of the Pico: that of its flash chip. */
  serial: probeSchema,
});

/** picotool 1.1 and later. `-f` brings a running board with USB stdio into its boot loader first. */
const picotool: FlashTool<z.infer<typeof params>> = {
  name: 'picotool',
  params,
  formats: ['uf2', 'elf'],
  install: 'Build and install picotool 1.1 or later of Raspberry Pi; install its udev rules.',
  versionArgs: ['version'],
  flashArgs: ({ serial }, { path }) => ['load', '-v', '-x', path, '-f', '--ser', serial],
  resetArgs: ({ serial }) => ['reboot', '-a', '-f', '--ser', serial],
  flashed: /Verifying[^%]*100%\s+OK\b/,
  failures: [
    {
      says: /No accessible RP\d+ devices?/i,
      cure: 'Hold BOOTSEL while plugging in; install the udev rules of picotool.',
    },
    {
      says: /unable to connect|not .*responding to reset|rebooted but/i,
      cure: 'Replug the board.',
      isTransient: true,
    },
    { says: /does not match|verif\w* fail/i, cure: 'Flash again; the flash may be worn out.' },
    {
      says: /ERROR: File .*(not|contains)/i,
      cure: 'Submit an image that was built for the RP2040.',
    },
  ],
};

export const maker = toolMaker(picotool);
