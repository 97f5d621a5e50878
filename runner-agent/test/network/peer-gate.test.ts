import { describe, expect, it } from '@jest/globals';
import { PeerGate } from '../../src/drivers/network/peer-gate.js';
import {
  arpRequest,
  BOARD_MAC,
  checksumsAreRight,
  ethernet,
  icmp,
  ip,
  tcp,
  udp,
} from '../support/frames.js';
import { dhcp, frameTo, PORTS, portsIn } from './support/gate-bench.js';

const SYN = 2;
const FIN_ACK = 17;
const RST = 4;
const ACK = 16;

describe('what a board sends', () => {
  it.each([
    ['a TCP connection', tcp({ port: 7 }), [49_152, 40_007]],
    ['TCP behind TLS', tcp({ port: 2007 }), [49_152, 41_007]],
    [
      'TCP with an odd number of bytes',
      tcp({ port: 9, data: Buffer.from('abc') }, 24),
      [49_152, 40_107],
    ],
    ['a datagram', udp({ port: 7, data: Buffer.from('hello') }), [49_152, 40_107]],
  ])('to a peer gets there as %s, with right checksums', (_, frame, ports) => {
    const passed = frameTo('network', new PeerGate(PORTS).fromBoard(frame));
    expect(portsIn(passed)).toEqual(ports);
    expect(checksumsAreRight(passed)).toBe(true);
  });

  it('to a peer without a UDP checksum goes there without one', () => {
    const frame = udp({ port: 7, data: Buffer.from('x') });
    frame.writeUInt16BE(0, 40);
    expect(frameTo('network', new PeerGate(PORTS).fromBoard(frame)).readUInt16BE(40)).toBe(0);
  });

  it('with a wrong checksum does not get a right one on the way', () => {
    const frame = udp({ port: 7, data: Buffer.from('hello') });
    frame.writeUInt16BE(frame.readUInt16BE(40) ^ 0x0100, 40);
    expect(checksumsAreRight(frameTo('network', new PeerGate(PORTS).fromBoard(frame)))).toBe(false);
  });

  it('is stripped of its padding', () => {
    const frame = Buffer.concat([udp({ port: 7 }), Buffer.alloc(18, 0xaa)]);
    expect(frameTo('network', new PeerGate(PORTS).fromBoard(frame)).length).toBe(42);
  });

  it.each([
    ['an ARP request', arpRequest('10.0.2.2')],
    ['a DHCP request from nowhere', udp({ ...dhcp, from: '0.0.0.0', to: '255.255.255.255' })],
    ['a DHCP renewal', udp({ ...dhcp, to: '10.0.2.2' })],
    ['a ping of the gateway', icmp(8)],
  ])('as %s passes unchanged', (_, frame) => {
    expect(frameTo('network', new PeerGate(PORTS).fromBoard(frame)).equals(frame)).toBe(true);
  });

  it.each([
    ['TFTP', udp({ port: 69 }), 'UDP to 10.0.2.2:69'],
    ['UDP to another host', udp({ port: 7, to: '192.0.2.1' }), 'UDP to 192.0.2.1:7'],
    ['UDP to all', udp({ port: 7, to: '255.255.255.255' }), 'UDP to 255.255.255.255:7'],
    ['TCP to the port behind a peer', tcp({ port: 40_007 }), 'TCP to 10.0.2.2:40007'],
    ['TCP to a service that is UDP only', tcp({ port: 19 }), 'TCP to 10.0.2.2:19'],
    ['TCP to another host', tcp({ port: 7, to: '10.0.2.4' }), 'TCP to 10.0.2.4:7'],
    ['DNS over TCP', tcp({ port: 53, to: '10.0.2.3' }), 'TCP to 10.0.2.3:53'],
    ['the name server’s other ports', udp({ port: 7, to: '10.0.2.3' }), 'UDP to 10.0.2.3:7'],
    ['DHCP to another host', udp({ ...dhcp, to: '192.0.2.1' }), 'UDP to 192.0.2.1:67'],
    ['a forged sender', udp({ port: 7, from: '10.0.2.2' }), 'IP from 10.0.2.2'],
    ['a sender from elsewhere', tcp({ port: 7, from: '198.51.100.7' }), 'IP from 198.51.100.7'],
    ['one service as another', udp({ port: 7, sourcePort: 19 }), 'UDP from the service port 19'],
    ['a ping of another host', icmp(8, { to: '192.0.2.1' }), 'ICMP to 192.0.2.1'],
    ['another ICMP', icmp(5), 'ICMP to 10.0.2.2'],
    ['a fragment', ip(Buffer.alloc(32), { fragment: 0x2000 }), 'IP fragment'],
    ['a later fragment', ip(Buffer.alloc(32), { fragment: 0x0003 }), 'IP fragment'],
    [
      'another protocol',
      ip(Buffer.alloc(8), { protocol: 2, to: '224.0.0.22' }),
      'IP protocol 2 to 224.0.0.22',
    ],
    ['IPv6', ethernet(0x86dd, Buffer.alloc(40)), 'Ethernet type 0x86dd'],
    ['a VLAN', ethernet(0x8100, Buffer.alloc(46)), 'Ethernet type 0x8100'],
    ['half a frame', BOARD_MAC, 'a frame cut short'],
    ['a giant', ethernet(0x0800, Buffer.alloc(2000)), 'a frame that is too long'],
  ])('as %s goes nowhere', (_, frame, dropped) => {
    expect(new PeerGate(PORTS).fromBoard(frame)).toEqual({ dropped });
  });

  it('with IP options goes nowhere', () => {
    const frame = udp({ port: 7 });
    frame[14] = 0x46;
    expect(new PeerGate(PORTS).fromBoard(frame)).toHaveProperty('dropped');
  });

  it('as a question for a name is answered on the spot', () => {
    const name = Buffer.concat(
      ['echo', 'greenrack', 'test'].map((label) =>
        Buffer.from([label.length, ...Buffer.from(label)]),
      ),
    );
    const query = Buffer.concat([
      Buffer.from('beef01000001000000000000', 'hex'),
      name,
      Buffer.from([0, 0, 1, 0, 1]),
    ]);
    const asked = udp({ port: 53, to: '10.0.2.3', data: query });
    const answer = frameTo('board', new PeerGate(PORTS).fromBoard(asked));
    expect(answer.subarray(0, 6).equals(BOARD_MAC)).toBe(true);
    expect(portsIn(answer)).toEqual([53, 49_152]);
    expect(checksumsAreRight(answer)).toBe(true);
    expect(answer.subarray(-4).join('.')).toBe('10.0.2.2');
    asked.writeUInt8(asked.readUInt8(asked.length - 1) ^ 1, asked.length - 1);
    expect(new PeerGate(PORTS).fromBoard(asked)).toEqual({ dropped: 'DNS that cannot be read' });
  });

  it('to loop a frame back is answered by the agent’s own station', () => {
    const ctp = ethernet(
      0x9000,
      Buffer.concat([Buffer.from([0, 0, 2, 0]), BOARD_MAC, Buffer.alloc(40)]),
      Buffer.alloc(6, 0xff),
    );
    const answer = frameTo('board', new PeerGate(PORTS).fromBoard(ctp));
    expect(answer.subarray(0, 12).toString('hex')).toBe('52540012345652550a000207');
  });
});

describe('a board that opens connections without end', () => {
  it('gets 64 at a time, and more some time after their ends', () => {
    let nowMs = 0;
    const gate = new PeerGate(PORTS, () => nowMs);
    const open = (sourcePort: number) => gate.fromBoard(tcp({ port: 7, sourcePort }, SYN));
    for (let port = 1000; port < 1064; port++) frameTo('network', open(port));
    expect(open(1064)).toEqual({ dropped: 'TCP beyond 64 connections' });
    // One that it has may send its SYN again.
    frameTo('network', open(1000));
    const ended = { from: '10.0.2.2', to: '10.0.2.15', sourcePort: 40_007 };
    frameTo('board', gate.fromNetwork(tcp({ ...ended, port: 1001 }, FIN_ACK)));
    // The peer waits a while for the board's own end.
    expect(open(1064)).toEqual({ dropped: 'TCP beyond 64 connections' });
    nowMs = 15_000;
    frameTo('network', open(1064));
    // A reset is what QEMU's network sends for a wrong number too, and keeps the connection.
    frameTo('board', gate.fromNetwork(tcp({ ...ended, port: 1002 }, RST)));
    nowMs = 60_000;
    expect(open(1065)).toEqual({ dropped: 'TCP beyond 64 connections' });
  });

  it('keeps the ones in use, however long ago they began', () => {
    let nowMs = 0;
    const gate = new PeerGate(PORTS, () => nowMs);
    const send = (sourcePort: number, flags: number) =>
      gate.fromBoard(tcp({ port: 7, sourcePort }, flags));
    for (let port = 1000; port < 1064; port++) frameTo('network', send(port, SYN));
    nowMs = 100_000;
    for (let port = 1000; port < 1064; port++) frameTo('network', send(port, ACK));
    nowMs = 130_000;
    expect(send(1064, SYN)).toEqual({ dropped: 'TCP beyond 64 connections' });
    nowMs = 225_000;
    frameTo('network', send(1064, SYN));
  });

  it('has those forgotten that the peers have given up', () => {
    let nowMs = 0;
    const gate = new PeerGate(PORTS, () => nowMs);
    const send = (sourcePort: number) => gate.fromBoard(udp({ port: 7, sourcePort }));
    for (let port = 1000; port < 1256; port++) frameTo('network', send(port));
    expect(send(1256)).toEqual({ dropped: 'UDP beyond 256 ports' });
    nowMs = 240_000;
    frameTo('network', send(1256));
  });
});

describe('what the network sends', () => {
  const answer = { from: '10.0.2.2', to: '10.0.2.15', port: 49_152 };

  it.each([
    ['TCP', tcp({ ...answer, sourcePort: 40_007, data: Buffer.from('abc') }, 24), [7, 49_152]],
    ['TCP of a port that UDP has as well', tcp({ ...answer, sourcePort: 40_107 }, 18), [9, 49_152]],
    ['UDP', udp({ ...answer, sourcePort: 40_107, data: Buffer.from('abc') }), [7, 49_152]],
  ])('comes from the port that the board knows, in %s', (_, frame, ports) => {
    const passed = frameTo('board', new PeerGate(PORTS).fromNetwork(frame));
    expect(portsIn(passed)).toEqual(ports);
    expect(checksumsAreRight(passed)).toBe(true);
  });

  it.each([
    [
      'DHCP',
      udp({
        from: '10.0.2.2',
        to: '255.255.255.255',
        sourcePort: 67,
        port: 68,
        data: Buffer.alloc(300),
      }),
    ],
    ['the answer to a ping', icmp(0, { from: '10.0.2.2', to: '10.0.2.15' })],
    ['ARP', arpRequest('10.0.2.15')],
  ])('gets to the board as %s', (_, frame) => {
    expect(frameTo('board', new PeerGate(PORTS).fromNetwork(frame)).equals(frame)).toBe(true);
  });

  it.each([
    ['from another port', udp({ ...answer, sourcePort: 5353 })],
    ['from another host', udp({ ...answer, from: '192.0.2.1', sourcePort: 40_107 })],
    ['as ICMP that nobody asked for', icmp(3, { from: '10.0.2.2', to: '10.0.2.15' })],
    ['as IPv6', ethernet(0x86dd, Buffer.alloc(40))],
  ])('does not get to the board %s', (_, frame) => {
    expect(new PeerGate(PORTS).fromNetwork(frame)).toHaveProperty('dropped');
  });
});
