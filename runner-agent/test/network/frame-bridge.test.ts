import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FrameBridge } from '../../src/drivers/network/frame-bridge.js';
import { PeerGate } from '../../src/drivers/network/peer-gate.js';
import { withLength } from '../../src/ethernet/frame-stream.js';
import { CableEnd, socketPair } from '../support/cable.js';
import { arpRequest, BOARD_MAC, ethernet, udp } from '../support/frames.js';

const PORTS = [{ protocol: 'udp', port: 7, hostPort: 40_107 }] as const;
const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

async function cable() {
  const [boardFar, boardNear] = await socketPair();
  const [networkFar, networkNear] = await socketPair();
  open.push(boardFar, boardNear, networkFar, networkNear);
  const ends = { board: boardNear, network: networkNear };
  return {
    bridge: new FrameBridge(ends, new PeerGate(PORTS), BOARD_MAC.toString('hex')),
    ends,
    boardFar,
    networkFar,
  };
}

const loopback = ethernet(
  0x9000,
  Buffer.concat([Buffer.from([0, 0, 2, 0]), BOARD_MAC, Buffer.alloc(1400)]),
  Buffer.alloc(6, 0xff),
);

describe('the cable of a virtual board', () => {
  it('carries what may pass, and tells in one line what crossed and what was dropped', async () => {
    const { bridge, boardFar, networkFar } = await cable();
    const [board, network] = [new CableEnd(boardFar), new CableEnd(networkFar)];
    expect(bridge.summary()).toBeUndefined();
    board.send(
      arpRequest('10.0.2.2'),
      udp({ port: 69 }),
      udp({ port: 69 }),
      udp({ port: 161 }),
      udp({ port: 7 }),
    );
    await network.frame((frame) => frame[23] === 17);
    expect(network.frames).toHaveLength(2);
    network.send(udp({ from: '10.0.2.2', to: '10.0.2.15', sourcePort: 40_107, port: 49_152 }));
    await board.frame();
    expect(bridge.summary()).toBe(
      '5 frames from the board, 1 to it, 3 dropped: UDP to 10.0.2.2:69 (2), UDP to 10.0.2.2:161',
    );
  });

  it('tells of eight kinds of dropped frames at most', async () => {
    const { bridge, boardFar, networkFar } = await cable();
    const [board, network] = [new CableEnd(boardFar), new CableEnd(networkFar)];
    board.send(
      ...Array.from({ length: 1000 }, (_, i) => udp({ port: 1000 + i })),
      udp({ port: 7 }),
    );
    await network.frame();
    const summary = bridge.summary() ?? '';
    expect(summary).toMatch(
      /^1001 frames from the board, 0 to it, 1000 dropped: .*, others \(992\)$/,
    );
    expect(summary.length).toBeLessThan(1000);
  });

  it('reads no more from a board that does not take its answers', async () => {
    const { bridge, ends, boardFar } = await cable();
    // Fewer than a slice of time allows.
    const sent = 1000;
    const paused = once(ends.board, 'pause');
    boardFar.write(Buffer.concat(Array.from({ length: sent }, () => withLength(loopback))));
    await paused;
    // What one read brought, and no more, waits in front of the socket.
    expect(ends.board.writableLength).toBeLessThan(256 * 1024);
    // As soon as it reads, everything arrives.
    const board = new CableEnd(boardFar);
    await board.frame(() => board.frames.length === sent);
    expect(bridge.summary()).toMatch(/, 0 dropped$/);
  });

  it('is read no faster than a network would be, and loses nothing', async () => {
    const { bridge, ends, boardFar, networkFar } = await cable();
    const [board, network] = [new CableEnd(boardFar), new CableEnd(networkFar)];
    const paused = once(ends.board, 'pause');
    const sent = 10_000;
    board.send(...Array.from({ length: sent }, () => udp({ port: 7 })));
    await paused;
    expect(network.frames.length).toBeLessThan(sent);
    await network.frame(() => network.frames.length === sent);
    expect(bridge.summary()).toBe(`${sent} frames from the board, 0 to it, 0 dropped`);
  });

  it('is cut when the stream is out of step, and the summary says so', async () => {
    const { bridge, boardFar, networkFar } = await cable();
    networkFar.resume();
    boardFar.write(Buffer.alloc(8, 0xff));
    await once(networkFar, 'close');
    expect(bridge.summary()).toBe('cut: a frame of 4294967295 bytes was announced');
  });

  it('is of no more use when the emulator has gone, and that is no trouble', async () => {
    const { bridge, ends, boardFar, networkFar } = await cable();
    boardFar.destroy();
    networkFar.resume();
    await once(networkFar, 'close');
    expect(ends.board.destroyed).toBe(true);
    expect(bridge.summary()).toBeUndefined();
  });
});
