import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { PeerPort } from '../../src/contracts/network-peer.js';
import { qemuArgs, qemuParamsSchema } from '../../src/drivers/board/qemu-params.js';
import { QemuProcess } from '../../src/drivers/board/qemu-process.js';
import { FrameBridge } from '../../src/drivers/network/frame-bridge.js';
import { PeerGate } from '../../src/drivers/network/peer-gate.js';
import { NetworkPeers } from '../../src/network-peer/network-peers.js';
import { firmwarePath } from '../support/assignments.js';
import { CableEnd, socketPair } from '../support/cable.js';
import { arpRequest, BOARD_MAC, checksumsAreRight, icmp, tcp, udp } from '../support/frames.js';

const ANSWER_MS = 10_000;
const SYN = 2;
const SYN_ACK = 18;
/** DHCP (RFC 2131): discover, with the message type as the only option. */
const discover = Buffer.concat([
  Buffer.from('0101060012345678', 'hex'),
  Buffer.alloc(20),
  BOARD_MAC,
  Buffer.alloc(202),
  Buffer.from('63825363350101ff', 'hex'),
]);

let dir: string;
let peers: NetworkPeers;
let ports: readonly PeerPort[];
let qemu: QemuProcess;
let bridge: FrameBridge;
let board: CableEnd;
/** A program of the host that is no peer. */
let stranger: Server;
let strangersGuests = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-lan-'));
  const log = pino({ level: 'silent' });
  peers = new NetworkPeers({ host: '127.0.0.1', onStandardPorts: false, log });
  ports = await peers.ports();
  stranger = createServer(() => strangersGuests++).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const params = qemuParamsSchema.parse({ machine: 'mps2-an385', network: {} });
  const args = qemuArgs(params, firmwarePath('FVP_MPS2_M3', 'hang.elf'));
  qemu = new QemuProcess({ executable: params.executable, args, workDir: dir, hasCable: true });
  if (!qemu.cable) throw new Error('no cable');
  const [far, near] = await socketPair();
  // The test is the board: what the firmware in there sends is of no interest.
  qemu.cable.board.resume();
  bridge = new FrameBridge(
    { board: near, network: qemu.cable.network },
    new PeerGate(ports),
    '52:54:00:12:34:56',
  );
  board = new CableEnd(far);
  await qemu.qmp.execute('x-exit-preconfig', ANSWER_MS);
});
afterAll(async () => {
  board.socket.destroy();
  await qemu.kill();
  await peers.close();
  stranger.close();
  rmSync(dir, { recursive: true });
});

describe('QEMU’s user network behind the gate', () => {
  it('gives a board its address, and the agent as name server', async () => {
    board.send(
      udp({ from: '0.0.0.0', to: '255.255.255.255', sourcePort: 68, port: 67, data: discover }),
    );
    const offer = await board.frame((frame) => frame[23] === 17 && frame.readUInt16BE(34) === 67);
    expect(offer.subarray(58, 62).join('.')).toBe('10.0.2.15');
    expect(offer.includes(Buffer.from([6, 4, 10, 0, 2, 3]))).toBe(true);
  });

  it('answers ARP and pings', async () => {
    board.send(arpRequest('10.0.2.2'), icmp(8));
    expect((await board.frame((frame) => frame[13] === 6)).subarray(28, 32).join('.')).toBe(
      '10.0.2.2',
    );
    await board.frame((frame) => frame[23] === 1 && frame[34] === 0);
  });

  it('brings the board to the peers, and nowhere else: not to programs of this machine', async () => {
    const hostPort = (stranger.address() as AddressInfo).port;
    const elsewhere = [
      tcp({ port: hostPort }, SYN),
      tcp({ port: hostPort, to: '10.0.2.3' }, SYN),
      tcp({ port: hostPort, to: '127.0.0.1' }, SYN),
      tcp({ port: ports[0]?.hostPort ?? 0 }, SYN),
    ];
    board.send(...elsewhere, tcp({ port: 7, sourcePort: 50_000 }, SYN));
    const answer = await board.frame((frame) => frame[23] === 6);
    expect([answer.readUInt16BE(34), answer.readUInt16BE(36), answer[47]]).toEqual([
      7,
      50_000,
      SYN_ACK,
    ]);
    expect(checksumsAreRight(answer)).toBe(true);
    expect(bridge.summary()).toContain(`4 dropped: TCP to 10.0.2.2:${hostPort}`);
    expect(strangersGuests).toBe(0);
  });

  it('echoes a datagram', async () => {
    const data = Buffer.from('there and back');
    board.send(udp({ port: 7, sourcePort: 50_001, data }));
    const answer = await board.frame((frame) => frame[23] === 17 && frame.readUInt16BE(34) === 7);
    expect(answer.subarray(42, 42 + data.length).toString()).toBe('there and back');
    expect(checksumsAreRight(answer)).toBe(true);
  });
});
