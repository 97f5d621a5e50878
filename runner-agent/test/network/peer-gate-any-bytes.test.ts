import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PeerGate } from '../../src/drivers/network/peer-gate.js';
import { checksumsAreRight, ethernet, icmp, tcp, udp, withIpChecksum } from '../support/frames.js';
import { dhcp, frameTo, PORTS, portsIn } from './support/gate-bench.js';

const anyIp = fc.constantFrom(
  ...['10.0.2.2', '10.0.2.3', '10.0.2.15', '10.0.2.77', '127.0.0.1', '8.8.8.8', '0.0.0.0'],
  '255.255.255.255',
);
/** Mostly what may pass, so that one wrong thing at a time is met often. */
const mostly = <T>(usual: T, others: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: others });
const from = mostly('10.0.2.15', anyIp);
const to = mostly('10.0.2.2', anyIp);
const anyPort = fc.oneof(
  fc.constantFrom(7, 9, 19, 53, 67, 68, 69, 2007, 40_007, 40_107),
  fc.nat(65_535),
);
const ports = { port: mostly(7, anyPort), sourcePort: mostly(49_152, anyPort) };
const someParts = fc.record({ from, to, ...ports, data: fc.uint8Array({ maxLength: 260 }) });
/** Bytes of the headers that decide. */
const deciding = fc.constantFrom(
  12,
  13,
  14,
  16,
  17,
  20,
  21,
  23,
  26,
  29,
  30,
  33,
  34,
  36,
  37,
  39,
  46,
);
const somePatch = fc.array(fc.tuple(fc.oneof(deciding, fc.nat(60)), fc.nat(255)), { maxLength: 2 });
const someFrame = fc.oneof(
  fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes)),
  someParts.map((parts) => udp(parts)),
  fc
    .record({ from: mostly('0.0.0.0', anyIp), to: mostly('255.255.255.255', anyIp) })
    .map((parts) => udp({ ...dhcp, ...parts })),
  fc.tuple(someParts, fc.nat(63)).map(([parts, flags]) => tcp(parts, flags)),
  fc
    .record({ type: mostly(8, fc.nat(255)), from, to })
    .map(({ type, ...parts }) => icmp(type, parts)),
  fc
    .tuple(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(0x0800, 0x0806, 0x9000))
    .map(([bytes, type]) => ethernet(type, bytes)),
);

/** Whether the user network may see this frame: written from the rules, not from the gate. */
function isAllowed(frame: Buffer): boolean {
  const type = frame.readUInt16BE(12);
  if (type === 0x0806) return true;
  if (type !== 0x0800 || frame[14] !== 0x45 || (frame.readUInt16BE(20) & 0x3fff) !== 0)
    return false;
  const to = frame.subarray(30, 34).join('.');
  const from = frame.subarray(26, 30).join('.');
  const isStranger = !from.startsWith('10.0.2.') || ['10.0.2.2', '10.0.2.3'].includes(from);
  const [sourcePort, port] = portsIn(frame);
  if (frame[23] === 17 && sourcePort === 68 && port === 67)
    return ['10.0.2.2', '255.255.255.255'].includes(to) && (from === '0.0.0.0' || !isStranger);
  if (to !== '10.0.2.2' || isStranger) return false;
  if (frame[23] === 1) return frame[34] === 8;
  const protocol = frame[23] === 6 ? 'tcp' : frame[23] === 17 ? 'udp' : undefined;
  return PORTS.some((peer) => peer.protocol === protocol && peer.hostPort === port);
}

describe('any bytes of a board', () => {
  it('crash nothing and reach nobody but the peers', () => {
    fc.assert(
      fc.property(someFrame, somePatch, (frame, patch) => {
        for (const [at, byte] of patch) if (at < frame.length) frame[at] = byte;
        const passage = new PeerGate(PORTS).fromBoard(withIpChecksum(frame));
        if ('dropped' in passage) expect(passage.dropped.length).toBeLessThan(60);
        else if (passage.to === 'network') expect(isAllowed(passage.frame)).toBe(true);
        else expect(passage.frame.length).toBeLessThanOrEqual(1514);
      }),
      { numRuns: 3000 },
    );
  });

  it('of a right checksum keep it on the way there and back', () => {
    const toPeer = fc.record({
      port: fc.constant(7),
      sourcePort: fc.integer({ min: 1024, max: 65_535 }),
      data: fc.uint8Array({ maxLength: 64 }),
    });
    fc.assert(
      fc.property(toPeer, fc.boolean(), (parts, isTcp) => {
        const gate = new PeerGate(PORTS);
        const frame = isTcp ? tcp(parts) : udp(parts);
        const there = frameTo('network', gate.fromBoard(frame));
        expect(checksumsAreRight(there)).toBe(true);
        const { port, sourcePort, data } = parts;
        const hostPort = isTcp ? 40_007 : 40_107;
        const turned = {
          from: '10.0.2.2',
          to: '10.0.2.15',
          sourcePort: hostPort,
          port: sourcePort,
          data,
        };
        const back = frameTo('board', gate.fromNetwork(isTcp ? tcp(turned) : udp(turned)));
        const expected = { ...turned, sourcePort: port };
        expect(back.equals(isTcp ? tcp(expected) : udp(expected))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('from the network crash nothing either', () => {
    fc.assert(
      fc.property(someFrame, (frame) => {
        const passage = new PeerGate(PORTS).fromNetwork(frame);
        if (!('dropped' in passage)) expect(passage.to).toBe('board');
      }),
      { numRuns: 2000 },
    );
  });
});
