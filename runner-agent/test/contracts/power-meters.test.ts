import { tmpdir } from 'node:os';
import { jest } from '@jest/globals';
import { Lpm01aEmulator } from '../../../e2e/src/emulators/lpm01a-emulator.js';
import { Ppk2Emulator } from '../../../e2e/src/emulators/ppk2-emulator.js';
import type { PartMaker } from '../../src/contracts/board-part.js';
import type { MeterPart } from '../../src/contracts/power-meter.js';
import { maker as lpm01a } from '../../src/drivers/power-meter/lpm01a-meter.js';
import { maker as ppk2 } from '../../src/drivers/power-meter/ppk2-meter.js';
import { boardSpec } from '../support/assignments.js';
import { itIsAPowerMeter } from './power-meter.contract.js';

jest.setTimeout(60_000);

function make(maker: PartMaker<MeterPart>, params: Record<string, unknown>): MeterPart {
  const context = { where: 'board b: meter', board: boardSpec('b'), workDir: tmpdir() };
  return maker.create(params, context);
}

itIsAPowerMeter(
  'a PPK2',
  { samples: 100_000, tolerance: 0.001, hasLines: true },
  async (waveform) => {
    const ppk = await Ppk2Emulator.start({ waveform });
    return {
      meter: make(ppk2, { path: ppk.path, supplyMv: 3300 }),
      unplug: async () => await ppk.close(),
      close: async () => await ppk.close(),
    };
  },
);

itIsAPowerMeter(
  'an LPM01A',
  { samples: 100_000, tolerance: 0.001, hasLines: false },
  async (waveform) => {
    const shield = await Lpm01aEmulator.start({ waveform });
    return {
      meter: make(lpm01a, { path: shield.path, supplyMv: 3300 }),
      unplug: async () => await shield.close(),
      close: async () => await shield.close(),
    };
  },
);
