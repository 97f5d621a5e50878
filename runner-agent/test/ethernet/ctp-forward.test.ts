import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ctpForward } from '../../src/ethernet/ctp-forward.js';
import { BOARD_MAC, ethernet } from '../support/frames.js';

const OWN = Buffer.from('52550a000207', 'hex');
const BROADCAST = Buffer.alloc(6, 0xff);

/** What Mbed's tests send: forward to `next`, then reply with a receipt number. */
function ctp(next: Uint8Array, { to = OWN as Uint8Array, skip = 0 } = {}): Buffer {
  const skipped = Buffer.alloc(skip);
  const head = Buffer.from([skip & 0xff, skip >> 8]);
  const messages = Buffer.concat([Buffer.from([2, 0]), next, Buffer.from([1, 0, 0x34, 0x12])]);
  return ethernet(0x9000, Buffer.concat([head, skipped, messages, Buffer.from('payload')]), to);
}

describe('a station of the Configuration Testing Protocol', () => {
  it.each([
    ['its own address', OWN],
    ['everybody', BROADCAST],
    ['whoever can loop back', Buffer.from('cf0000000000', 'hex')],
  ])(
    'forwards what is sent to %s, from its own address, with the next message in turn',
    (_, to) => {
      const frame = ctp(BOARD_MAC, { to });
      const forwarded = ctpForward(frame, OWN);
      const expected = Buffer.from(frame);
      expected.set(BOARD_MAC, 0);
      expected.set(OWN, 6);
      expected.writeUInt16LE(8, 14);
      expect(forwarded?.toString('hex')).toBe(expected.toString('hex'));
      // The message that is next is a reply: this station has nothing to do for it.
      expect(forwarded && ctpForward(forwarded, BOARD_MAC)).toBeUndefined();
    },
  );

  it('goes on where the stations before have stopped', () => {
    expect(ctpForward(ctp(BOARD_MAC, { skip: 16 }), OWN)?.readUInt16LE(14)).toBe(24);
  });

  it.each([
    ['a group of IP version 4', '01005ea1a2a3', true],
    ['a group of IP version 6', '3333aabbccdd', true],
    ['all stations', 'ffffffffffff', false],
    ['bridges', '0180c2000000', false],
    ['stations that loop back', 'cf0000000000', false],
  ])('forwards to %s (%s): %s', (_, mac, isForwarded) => {
    expect(ctpForward(ctp(Buffer.from(mac, 'hex')), OWN) !== undefined).toBe(isForwarded);
  });

  it.each([
    ['for another station', ctp(BOARD_MAC, { to: BOARD_MAC })],
    ['with a skip count that is odd', ctp(BOARD_MAC, { skip: 3 })],
    ['with a skip count beyond its end', ethernet(0x9000, Buffer.from([0xf0, 0xff, 2, 0]), OWN)],
    ['cut in the skip count', ethernet(0x9000, Buffer.from([0]), OWN)],
    ['cut in the address', ethernet(0x9000, Buffer.from([0, 0, 2, 0, 1, 2, 3]), OWN)],
    ['of a function that nobody has', ethernet(0x9000, Buffer.from([0, 0, 3, 0, ...OWN]), OWN)],
  ])('ignores a frame %s', (_, frame) => {
    expect(ctpForward(frame, OWN)).toBeUndefined();
  });

  it('survives any bytes, and answers with as many as it got', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (payload) => {
        const frame = ethernet(0x9000, payload, OWN);
        const forwarded = ctpForward(frame, OWN);
        expect(forwarded?.length ?? frame.length).toBe(frame.length);
      }),
    );
  });
});
