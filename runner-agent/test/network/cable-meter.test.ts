import { describe, expect, it } from '@jest/globals';
import { CableMeter } from '../../src/drivers/network/cable-meter.js';
import { arpRequest, udp } from '../support/frames.js';

const UP = { protocol: 'udp', port: 7, direction: 'up' } as const;

describe('the meter of a cable', () => {
  it('counts the payload of each service and direction, from its first frame to its last', () => {
    let nowMs = 1000;
    const meter = new CableMeter(() => nowMs);
    const question = udp({ port: 7, data: Buffer.alloc(100) });
    meter.note('up', question);
    nowMs += 2.5;
    meter.note('up', question);
    meter.note('up', udp({ port: 9, data: Buffer.alloc(7) }));
    meter.note('up', arpRequest('10.0.2.2'));
    expect(meter.takeTraffic({ ...UP, direction: 'down' })).toBeUndefined();
    expect(meter.takeTraffic(UP)).toEqual({ payloadBytes: 200, spanUs: 2500 });
    expect(meter.takeTraffic({ ...UP, port: 9 })).toEqual({ payloadBytes: 7, spanUs: 0 });
  });

  it('begins anew when it was asked', () => {
    const meter = new CableMeter();
    meter.note('up', udp({ port: 7, data: Buffer.alloc(1) }));
    meter.takeTraffic(UP);
    expect(meter.takeTraffic(UP)).toBeUndefined();
  });
});
