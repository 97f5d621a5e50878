import { jest } from '@jest/globals';
import { boardSpec } from '../support/assignments.js';
import { flashImage } from '../support/flash-image.js';
import { itIsABoard } from './board.contract.js';

/** A busy machine may take seconds to start an emulator. */
jest.setTimeout(60_000);

itIsABoard('a virtual board', async () => ({
  spec: boardSpec('virt-1'),
  image: flashImage('smallest.bin'),
  close: async () => undefined,
}));
