import { z } from 'zod';
import type { FlashTool } from '../tool/flash-tool.js';
import { toolMaker } from '../tool/tool-flasher.js';
import { addressSchema, hexAddress, probeSchema, toolFields } from '../tool/tool-params.js';

const params = z.strictObject({
  ...toolFields('dfu-util', 16_384),
  /** Serial number in DFU mode, which need not be that of the running board. */
  serial: probeSchema,
  usbId: z
    .string()
    .regex(/^[0-9a-f]{4}:[0-9a-f]{4}$/)
    .default('0483:df11'),
  altSetting: z.number().int().min(0).max(15).default(0),
  flashBase: addressSchema.default(0x0800_0000),
});

/**
 * dfu-util 0.11 with ST's DFU extensions. The board must be in its boot loader (BOOT0), and is left into its
 * firmware; dfu-util cannot reset it again.
 */
const dfuUtil: FlashTool<z.infer<typeof params>> = {
  name: 'dfu-util',
  params,
  formats: ['bin'],
  install: 'Install it (Debian: apt-get install dfu-util).',
  versionArgs: ['--version'],
  serialOf: ({ serial }) => serial,
  findsBootLoaderOnly: true,
  flashArgs: (p, { path }) => [
    ...['-d', p.usbId, '-S', p.serial, '-a', String(p.altSetting)],
    ...['-s', `${hexAddress(p.flashBase)}:leave`, '-D', path],
  ],
  flashed: /File downloaded successfully/,
  failures: [
    {
      says: /No DFU capable USB device available/,
      cure: 'Bring the board into its boot loader: BOOT0 high and a reset.',
    },
    { says: /Cannot open DFU device/, cure: 'Install a udev rule for the DFU device.' },
    { says: /More than one DFU capable USB device/, cure: 'Correct flasher.serial.' },
    { says: /Error during (download|special command)/, cure: 'Replug the board; check its cable.' },
    { says: /Last page at .* is not writeable/, cure: 'Correct flasher.flashBase.' },
  ],
};

export const maker = toolMaker(dfuUtil);
