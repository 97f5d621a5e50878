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
  ...toolFields('pyocd'),
  /** Unique id of the probe. */
  probe: probeSchema,
  /** pyOCD's name of the target; found out by the probe when left out. */
  target: wordSchema.optional(),
  /** Where a BIN file goes: the start of flash. */
  flashBase: addressSchema.default(0),
});

const common = ({ probe, target }: z.infer<typeof params>): string[] => [
  // Without it pyOCD waits for ever for a probe that is not plugged in.
  '--no-wait',
  '--uid',
  probe,
  ...(target === undefined ? [] : ['--target', target]),
];

/** pyOCD 0.34 and later: `pyocd load`. */
const pyocd: FlashTool<z.infer<typeof params>> = {
  name: 'pyocd',
  params,
  formats: ['bin', 'hex', 'elf'],
  install: 'Install it: pipx install pyocd (Python 3.8 or later).',
  versionArgs: ['--version'],
  serialOf: ({ probe }) => probe,
  flashArgs: (p, image) => [
    'load',
    ...common(p),
    '--format',
    image.format,
    ...(image.format === 'bin' ? ['--base-address', hexAddress(p.flashBase)] : []),
    image.path,
  ],
  resetArgs: (p) => ['reset', ...common(p)],
  eraseArgs: (p) => ['erase', ...common(p), '--mass'],
  flashed: /programmed \d+ bytes/i,
  failures: [
    {
      says: /No (connected|available) debug probe|no debug probe/i,
      cure: 'Plug the probe in; compare the id with `pyocd list`; install its udev rules.',
    },
    {
      says: /More than one debug probe matches/,
      cure: 'Give the whole unique id in flasher.probe, as `pyocd list` shows it.',
    },
    {
      says: /Target type \S+ (not|is not) recogni[sz]ed|unknown target/i,
      cure: 'Correct flasher.target, or install its pack: pyocd pack install <part>.',
    },
    { says: /Permission denied|Access denied/i, cure: "Install pyOCD's udev rules for the probe." },
    {
      says: /No ACK|Memory transfer fault|SWD\/JTAG communication failure/i,
      cure: 'Power-cycle the board; check its SWD connection.',
      isTransient: true,
    },
    { says: /flash (erase|program).*fail/i, cure: 'Unlock the flash: pyocd erase --mass.' },
  ],
  /** `Erased 8192 bytes (2 sectors), programmed 8192 bytes (8 pages), identical 0 bytes (0 pages) at 20.11 kB/s` */
  written(output) {
    const found = /Erased \d+ bytes \((\d+) sectors?\), programmed (\d+) bytes/i.exec(output);
    return found ? { bytes: Number(found[2]), sectors: Number(found[1]) } : undefined;
  },
};

export const maker = toolMaker(pyocd);
