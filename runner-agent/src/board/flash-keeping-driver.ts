import { join } from 'node:path';
import type { BoardSpec } from '@greenrack/farm-protocol';
import type { Board, BoardDriver } from '../contracts/board-driver.js';
import { FlashKeeper } from './flash-keeper.js';

/** The same driver, whose boards are not flashed with what they have, and whose wear is counted in `wearDir`. */
export function keepFlash(driver: BoardDriver, wearDir: string): BoardDriver {
  return {
    name: driver.name,
    async create(spec: BoardSpec, workDir: string): Promise<Board> {
      const board = await driver.create(spec, workDir);
      const wearFile = join(wearDir, `${encodeURIComponent(spec.serial)}.json`);
      return withFlasher(board, new FlashKeeper(board.flasher, wearFile));
    },
  };
}

function withFlasher(board: Board, flasher: FlashKeeper): Board {
  return {
    flasher,
    console: board.console,
    power: board.power,
    resetLine: {
      async reset(signal, begins) {
        try {
          await board.resetLine.reset(signal, begins);
        } finally {
          flasher.touched();
        }
      },
    },
    traits: board.traits,
    // It comes and goes with the board's power.
    get network() {
      return board.network;
    },
    get environment() {
      return board.environment;
    },
    ...(board.meter && { meter: board.meter }),
    ...(board.hostShare && { hostShare: board.hostShare }),
    useClock: async (clock, signal) => await board.useClock?.(clock, signal),
    probe: async (signal) => await board.probe(signal),
    channels: async (signal) => (await board.channels?.(signal)) ?? [],
    async dispose() {
      flasher.close();
      await board.dispose();
    },
  };
}
