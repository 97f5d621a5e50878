import { pino } from 'pino';
import type { BoardDriver } from '../../src/contracts/board-driver.js';
import { loadBoardDriver } from '../../src/drivers/registry.js';
import { NetworkPeers } from '../../src/network-peer/network-peers.js';

/** The peers of boards that a test makes without an agent; a test whose boards have a network closes them. */
export const peers = new NetworkPeers({
  host: '127.0.0.1',
  onStandardPorts: false,
  log: pino({ level: 'silent' }),
});

export async function loadDriver(name: string): Promise<BoardDriver | undefined> {
  return await loadBoardDriver(name, { peers });
}
