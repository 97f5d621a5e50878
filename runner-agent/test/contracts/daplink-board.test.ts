import { jest } from '@jest/globals';
import { DaplinkBoardEmulator } from '../../src/emulators/daplink-board-emulator.js';
import { flashImage } from '../support/flash-image.js';
import { itIsABoard } from './board.contract.js';

/** A busy machine may take seconds to start a target and a tool. */
jest.setTimeout(60_000);

itIsABoard('an emulated DAPLink board', async () => {
  const emulator = await DaplinkBoardEmulator.start();
  return {
    spec: emulator.spec(),
    image: flashImage('smallest.bin'),
    close: async () => await emulator.close(),
  };
});
