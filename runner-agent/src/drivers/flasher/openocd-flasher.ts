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
  ...toolFields('openocd'),
  /** Scripts of the adapter, such as `interface/stlink.cfg`. */
  interface: wordSchema,
  /** Script of the target, such as `target/stm32f4x.cfg`. */
  target: wordSchema,
  probe: probeSchema,
  flashBase: addressSchema.default(0),
  /** For adapters that speak several, such as J-Link, which OpenOCD would use with JTAG. */
  transport: z.enum(['swd', 'jtag', 'hla_swd', 'dapdirect_swd']).optional(),
  /** In kHz; the scripts of the target are careful. */
  adapterKhz: z.number().int().min(1).max(50_000).optional(),
});

const common = (p: z.infer<typeof params>): string[] => [
  // No servers: several boards of one machine would fight for their ports.
  ...['-c', 'gdb_port disabled; tcl_port disabled; telnet_port disabled'],
  ...['-f', p.interface, '-c', `adapter serial ${p.probe}`],
  ...(p.transport === undefined ? [] : ['-c', `transport select ${p.transport}`]),
  ...['-f', p.target],
  ...(p.adapterKhz === undefined ? [] : ['-c', `adapter speed ${p.adapterKhz}`]),
];

/** Chips have commands of their own to erase all; this does it for each, bank by bank. */
const ERASE_BANKS =
  'for {set i 0} {$i < [llength [flash list]]} {incr i} {flash erase_sector $i 0 last}';

/** OpenOCD 0.12: its `program` procedure, which verifies. */
const openocd: FlashTool<z.infer<typeof params>> = {
  name: 'openocd',
  params,
  formats: ['elf', 'hex', 'bin'],
  install: 'Install it (Debian: apt-get install openocd), 0.12 or later.',
  versionArgs: ['--version'],
  serialOf: ({ probe }) => probe,
  tells: { probe: /CMSIS-DAP: Serial# = (\S+)/, chip: /device id = (0x[0-9a-f]+)/i },
  flashArgs(p, { path, format }) {
    const base = format === 'bin' ? ` ${hexAddress(p.flashBase)}` : '';
    return [...common(p), '-c', `program {${path}} verify reset exit${base}`];
  },
  resetArgs: (p) => [...common(p), '-c', 'init; reset run; shutdown'],
  eraseArgs: (p) => [...common(p), '-c', `init; reset halt; ${ERASE_BANKS}; shutdown`],
  flashed: /\*\* Verified OK \*\*/,
  failures: [
    {
      says: /unable to (open|find a matching) (CMSIS-DAP|ftdi)|Error: open failed|No J-Link device found/i,
      cure: 'Plug the probe in; check its serial number and its udev rules (60-openocd.rules).',
    },
    { says: /LIBUSB_ERROR_ACCESS/, cure: 'Install 60-openocd.rules; add the user to plugdev.' },
    { says: /LIBUSB_ERROR_BUSY/, cure: 'End the other program that has the probe.' },
    {
      says: /Error connecting DP|init mode failed|target not examined|Unable to reset target/i,
      cure: 'Power-cycle the board; check its SWD connection.',
      isTransient: true,
    },
    { says: /\*\* Verify Failed \*\*/, cure: 'Erase the chip; its flash may be worn out.' },
    { says: /\*\* Programming Failed \*\*/, cure: 'Unlock the flash; check the target script.' },
    { says: /UNEXPECTED idcode/, cure: 'Check that flasher.target is the chip of this board.' },
    { says: /Can't find /, cure: 'Correct flasher.interface or flasher.target.' },
    { says: /missing IR length/, cure: 'Set flasher.transport to swd.' },
  ],
};

export const maker = toolMaker(openocd);
