import { expect } from '@jest/globals';
import type { PeerPort } from '../../../src/contracts/network-peer.js';
import type { Passage } from '../../../src/drivers/network/gate-rules.js';

/** Peers, some of them behind other ports than boards ask for. */
export const PORTS: readonly PeerPort[] = [
  { protocol: 'tcp', port: 7, hostPort: 40_007 },
  { protocol: 'udp', port: 7, hostPort: 40_107 },
  { protocol: 'tcp', port: 9, hostPort: 40_107 },
  { protocol: 'udp', port: 19, hostPort: 40_119 },
  { protocol: 'tcp', port: 2007, hostPort: 41_007 },
];

/** The frame that passes the gate to that side. */
export function frameTo(where: 'board' | 'network', passage: Passage): Buffer {
  if ('dropped' in passage) throw new Error(`dropped: ${passage.dropped}`);
  expect(passage.to).toBe(where);
  return passage.frame;
}

export const dhcp = { port: 67, sourcePort: 68, data: Buffer.alloc(300) };

/** Source and destination. */
export const portsIn = (frame: Buffer) => [frame.readUInt16BE(34), frame.readUInt16BE(36)];
