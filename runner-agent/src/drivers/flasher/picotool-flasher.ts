import { z } from 'zod';
import type { FlashTool } from '../tool/flash-tool.js';
import { toolMaker } from '../tool/tool-flasher.js';
import { probeSchema, toolFields } from '../tool/tool-params.js';

const params = z.strictObject({
  ...toolFields('picotool'),
  /** USB serial number of the Pico: that of its flash chip. */
  serial: probeSchema,
});

/**
 * picotool 1.1 and later. `-f` brings a running board into its boot loader first, if its firmware has the reset interface
 * of the Pico SDK's USB stdio.
 */
const picotool: FlashTool<z.infer<typeof params>> = {
  name: 'picotool',
  params,
  formats: ['uf2', 'elf'],
  install: 'Build and install picotool 1.1 or later of Raspberry Pi; install its udev rules.',
  versionArgs: ['version'],
  serialOf: ({ serial }) => serial,
  // In its boot loader a Pico has the number of the boot loader, not of the board.
  bootLoaders: ['2e8a:0003', '2e8a:000f'],
  flashArgs: ({ serial }, { path }) => ['load', '-v', '-x', path, '-f', '--ser', serial],
  resetArgs: ({ serial }) => ['reboot', '-a', '-f', '--ser', serial],
  flashed: /Verifying[^%]*100%\s+OK\b/,
  failures: [
    {
      says: /no accessible RP\S* devices?/i,
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
