import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { LanPlug } from '../../src/contracts/network-peer.js';
import { FrameBridge } from '../../src/drivers/network/frame-bridge.js';
import { PeerGate } from '../../src/drivers/network/peer-gate.js';
import { joinBoards } from '../../src/job/join-boards.js';
import { CableEnd, socketPair } from '../support/cable.js';
import { arpRequest } from '../support/frames.js';

/** A board's cable, from the board's side. */
async function board(mac: string): Promise<{ plug: LanPlug; end: CableEnd; network: CableEnd }> {
  const [boardFar, boardNear] = await socketPair();
  const [networkFar, networkNear] = await socketPair();
  open.push(boardFar, boardNear, networkFar, networkNear);
  const ends = { board: boardNear, network: networkNear };
  const { plug } = new FrameBridge(ends, new PeerGate([]), mac);
  return { plug, end: new CableEnd(boardFar), network: new CableEnd(networkFar) };
}

const MACS = ['52:54:00:00:00:01', '52:54:00:00:00:02', '52:54:00:00:00:03'] as const;

const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

describe('boards that are joined', () => {
  it('hear each other, and nobody else hears them', async () => {
    const boards = await Promise.all(MACS.map(board));
    joinBoards(boards.map(({ plug }) => plug));
    const [first, ...others] = boards;
    first?.end.send(arpRequest('10.0.2.2'));
    const heard = await Promise.all(others.map(({ end }) => end.frame()));
    expect(heard).toHaveLength(2);
    for (const { network } of boards) expect(network.frames).toEqual([]);
    expect(first?.end.frames).toEqual([]);
  });

  it('are none when two have one address, or some have no network: the bench is to blame', async () => {
    const [one, same] = await Promise.all([board(MACS[0]), board(MACS[0].toUpperCase())]);
    expect(() => joinBoards([one.plug, same.plug])).toThrow('the same Ethernet address');
    expect(() => joinBoards([one.plug, undefined])).toThrow('only some of them are virtual');
    expect(() => joinBoards([one.plug, same.plug])).toThrow(
      expect.objectContaining({ reason: 'boardStartFailed' }),
    );
    expect(() => joinBoards([undefined, undefined])).not.toThrow();
  });
});
