import { z } from 'zod';
import type { FlashTool } from '../tool/flash-tool.js';
import { toolMaker } from '../tool/tool-flasher.js';
import { addressSchema, hexAddress, probeSchema, toolFields } from '../tool/tool-params.js';

const params = z.strictObject({
  ...toolFields('STM32_Programmer_CLI', 16_384),
  probe: probeSchema,
  flashBase: addressSchema.default(0x0800_0000),
});

const connect = ({ probe }: z.infer<typeof params>, mode: string): string[] => [
  ...['-c', 'port=SWD', `sn=${probe}`, `mode=${mode}`, 'reset=HWrst'],
];

/** STM32CubeProgrammer 2. */
const stm32Programmer: FlashTool<z.infer<typeof params>> = {
  name: 'stm32-programmer',
  params,
  formats: ['elf', 'hex', 'bin'],
  install: 'Install STM32CubeProgrammer of ST and put its bin folder into PATH.',
  versionArgs: ['--version'],
  serialOf: ({ probe }) => probe,
  tells: { probe: /ST-LINK SN *: *(\S+)/i, chip: /Device name *: *(.+)/i },
  flashArgs: (p, { path, format }) => [
    ...connect(p, 'UR'),
    ...['-w', path, ...(format === 'bin' ? [hexAddress(p.flashBase)] : []), '-v', '-hardRst'],
  ],
  resetArgs: (p) => [...connect(p, 'HOTPLUG'), '-hardRst'],
  eraseArgs: (p) => [...connect(p, 'UR'), '-e', 'all'],
  flashed: /Download verified successfully/i,
  failures: [
    {
      says: /No (debug probe|ST-?LINK) detected|ST-LINK .*not found/i,
      cure: 'Plug the probe in; compare its serial number with `STM32_Programmer_CLI -l`.',
    },
    { says: /DEV_USB_COMM_ERR|DEV_CONNECT_ERR/, cure: 'End other programs that have the probe.' },
    {
      says: /DEV_TARGET_NOT_HELD|No STM32 target found|Unable to get core ID/i,
      cure: 'Power-cycle the board; check its SWD jumpers.',
      isTransient: true,
    },
    { says: /Data mismatch|verif\w* fail/i, cure: 'Erase the chip; check its protection.' },
    { says: /failed to (download|erase)/i, cure: 'Check the read and write protection.' },
  ],
};

export const maker = toolMaker(stm32Programmer);
