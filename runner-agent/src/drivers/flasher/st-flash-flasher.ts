import { z } from 'zod';
import type { FlashTool } from '../tool/flash-tool.js';
import { toolMaker } from '../tool/tool-flasher.js';
import { addressSchema, hexAddress, probeSchema, toolFields } from '../tool/tool-params.js';

const params = z.strictObject({
  ...toolFields('st-flash', 16_384),
  probe: probeSchema,
  flashBase: addressSchema.default(0x0800_0000),
});

/** stlink-tools 1.7: it verifies what it has written. */
const stFlash: FlashTool<z.infer<typeof params>> = {
  name: 'st-flash',
  params,
  formats: ['bin', 'hex'],
  install: 'Install it (Debian: apt-get install stlink-tools).',
  versionArgs: ['--version'],
  serialOf: ({ probe }) => probe,
  tells: { chip: /(\S+): \d+ KiB SRAM/ },
  flashArgs: (p, { path, format }) => [
    ...['--serial', p.probe, '--reset', '--connect-under-reset'],
    ...(format === 'hex'
      ? ['--format', 'ihex', 'write', path]
      : ['write', path, hexAddress(p.flashBase)]),
  ],
  resetArgs: (p) => ['--serial', p.probe, 'reset'],
  eraseArgs: (p) => ['--serial', p.probe, '--connect-under-reset', 'erase'],
  flashed: /Flash written and verified! jolly good!/,
  failures: [
    {
      says: /Couldn't find any ST-Link|Could not open USB device/i,
      cure: 'Plug the probe in; compare its serial number with `st-info --serial`.',
    },
    {
      says: /Failed to (connect to target|enter SWD mode)|Can not connect to target|unknown chip id/i,
      cure: 'Power-cycle the board; check its SWD jumpers.',
      isTransient: true,
    },
    { says: /memory is write protected/i, cure: 'Remove its write protection (option bytes).' },
    {
      says: /(flash_loader|verif\w*).*fail/i,
      cure: 'Erase the chip (st-flash erase); check its read and write protection.',
    },
    { says: /stlink_(read|write).*error/i, cure: "Check the probe's cable; update its firmware." },
  ],
  /** `Flash page at addr: 0x08000000 erased`, once for each page. */
  written(output) {
    const pages = output.match(/Flash page at addr: 0x[0-9a-f]+ erased/gi)?.length ?? 0;
    const bytes = /Attempting to write (\d+) \(/.exec(output)?.[1];
    return pages > 0 && bytes !== undefined ? { bytes: Number(bytes), sectors: pages } : undefined;
  },
};

export const maker = toolMaker(stFlash);
