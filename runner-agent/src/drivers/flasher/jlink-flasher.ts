import { z } from 'zod';
import type { FlashTool } from '../tool/flash-tool.js';
import { toolMaker } from '../tool/tool-flasher.js';
import {
  addressSchema,
  hexAddress,
  probeSchema,
  toolFields,
  wordSchema,
} from '../tool/tool-params.js';

const params = z.strictObject({
  ...toolFields('JLinkExe'),
  probe: probeSchema,
  /** SEGGER's name of the chip, such as `nRF52840_xxAA`. */
  device: wordSchema,
  speedKhz: z.number().int().min(5).max(50_000).default(4000),
  flashBase: addressSchema.default(0),
});

const args = (p: z.infer<typeof params>, script: string): string[] => [
  // ExitOnError: without it the Commander goes on after an error and ends with 0.
  ...['-NoGui', '1', '-ExitOnError', '1', '-AutoConnect', '1', '-USB', p.probe],
  ...['-Device', p.device, '-If', 'SWD', '-Speed', String(p.speedKhz), '-CommandFile', script],
];

/** SEGGER J-Link Commander 7. */
const jlink: FlashTool<z.infer<typeof params>> = {
  name: 'jlink',
  params,
  formats: ['hex', 'bin', 'elf'],
  install: 'Install the J-Link Software Pack of SEGGER, which has JLinkExe.',
  versionArgs: ['-NoGui', '1', '-CommandFile', '/dev/null'],
  serialOf: ({ probe }) => probe,
  tells: { probe: /^S\/N: (\d+)/m, chip: /Device "(\S+)" selected/ },
  flashScript(p, { path, format }) {
    const base = format === 'bin' ? ` ${hexAddress(p.flashBase)}` : '';
    return `r\nloadfile "${path}"${base}\nr\ng\nexit\n`;
  },
  flashArgs: (p, _, script) => args(p, script),
  resetScript: () => 'r\ng\nexit\n',
  resetArgs: args,
  eraseScript: () => 'r\nerase\nexit\n',
  eraseArgs: args,
  flashed: /^O\.K\.$/m,
  failures: [
    {
      says: /Connecting to J-Link.*FAILED|Cannot connect to (the )?(J-Link|probe)/i,
      cure: "Plug the probe in; check its serial number and SEGGER's udev rules.",
    },
    {
      says: /Cannot connect to target|Could not find core/i,
      cure: 'Power-cycle the board; check its SWD connection.',
      isTransient: true,
    },
    { says: /Unknown device|is unknown to this software/i, cure: 'Correct flasher.device.' },
    { says: /Verif\w+ (of \S+ )?failed/i, cure: 'Erase the chip; unlock its flash.' },
    { says: /Failed to open file/i, cure: 'Check the disk of the agent.' },
  ],
};

export const maker = toolMaker(jlink);
