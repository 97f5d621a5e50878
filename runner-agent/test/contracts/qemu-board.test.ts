import { afterAll, jest } from '@jest/globals';
import { boardSpec, M3 } from '../support/assignments.js';
import { flashImage } from '../support/flash-image.js';
import { peers } from '../support/load-driver.js';
import { itIsABoard } from './board.contract.js';

/** A busy machine may take seconds to start an emulator. */
jest.setTimeout(60_000);

itIsABoard('a virtual board', async () => ({
  spec: boardSpec('virt-1'),
  image: flashImage('smallest.bin'),
  close: async () => undefined,
}));

itIsABoard('a virtual board with Ethernet', async () => ({
  spec: boardSpec('virt-2', M3, { network: {} }),
  image: flashImage('smallest.bin'),
  close: async () => undefined,
}));
afterAll(async () => await peers.close());
