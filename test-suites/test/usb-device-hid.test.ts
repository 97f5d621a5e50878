import type { UsbHidPort } from '@greenrack/farm-protocol';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DeviceFaults, EmulatedUsbDevice } from './support/emulated-usb-device.js';
import { EmulatedUsbHost } from './support/emulated-usb-host.js';
import { HostTestBench } from './support/host-test-bench.js';
import { PlayedUsb } from './support/played-usb.js';
import { PlayedWifi } from './support/played-wifi.js';
import { type HidShape, hidDescriptor, hidDescriptors } from './support/usb-test-descriptors.js';

const KEYBOARD: HidShape = { subclass: 1, protocol: 1 };
const MOUSE: HidShape = { subclass: 1, protocol: 2 };
const BYTES = 47;
/** Answers to class requests and to those for HID descriptors, by setup packet without length. */
const HID_ANSWERS = {
  '810600210000': Uint8Array.from(hidDescriptor(BYTES)),
  '810600220000': new Uint8Array(BYTES),
  a10100010000: new Uint8Array(8),
  '210a00000000': new Uint8Array(),
  a10200000000: Uint8Array.of(0),
  '210b01000000': new Uint8Array(),
  a10300000000: Uint8Array.of(1),
};

let usb: PlayedUsb;
let board: HostTestBench;
beforeEach(() => {
  usb = new PlayedUsb();
  const config = { target: 'K64F', resetDelayMs: 0 };
  board = new HostTestBench('usb_device_hid', config, {
    'usb-device': usb,
    'wifi-station': new PlayedWifi(),
  });
});

function play(
  shape: HidShape = {},
  more: Record<string, Uint8Array> = {},
  faults: DeviceFaults = {},
): EmulatedUsbHost {
  const answers = { ...HID_ANSWERS, ...more };
  const device = new EmulatedUsbDevice(hidDescriptors(shape), { more: answers, faults });
  const link = new EmulatedUsbHost(device);
  usb.link = link;
  return link;
}

describe('usb_device_hid', () => {
  it('names the device', async () => {
    const [key, serial] = (await board.ask('dev_ready')) ?? [];
    expect([key, serial]).toEqual(['usb_dev_sn', expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  it('finds the HID descriptor in the configuration', async () => {
    const link = play();
    expect(await board.ask('test_get_desc_cfg')).toEqual(['pass', '0']);
    expect(link.isClosed).toBe(true);
  });

  it.each([
    ['is missing', Uint8Array.of(9, 2, 9, 0, 0, 1, 0, 0xc0, 50), 'no HID descriptor'],
    ['is cut off', Uint8Array.of(9, 2, 12, 0, 1, 1, 0, 0xc0, 50, 9, 4, 0), 'claims a length of 9'],
    ['has a length of 0', Uint8Array.of(0, 2), 'claims a length of 0'],
  ])('reports a configuration whose descriptor %s', async (_, bytes, why) => {
    play({}, { '800600020000': bytes });
    expect(await board.ask('test_get_desc_cfg')).toEqual(['fail', '0']);
    expect(board.notes).toEqual([expect.stringContaining(why)]);
    expect(board.verdict).toBeUndefined();
  });

  it('answers the length of the report descriptor in hexadecimal digits', async () => {
    play();
    expect(await board.ask('test_get_desc_hid')).toEqual(['pass', '002f']);
  });

  const withReport = (length: number) => ({
    '810600210000': Uint8Array.from(hidDescriptor(length)),
  });
  it.each([
    ['a report descriptor that is shorter than announced', withReport(60), 'expected 60, got 47'],
    ['an empty report descriptor', withReport(0), 'is empty'],
    [
      'two report descriptors',
      { '810600210000': Uint8Array.of(9, 0x21, 0, 1, 0, 2, 0x22, 47, 0) },
      'expected 1, got 2',
    ],
    ['another type', { '810600210000': Uint8Array.of(9, 0x29, 0, 1, 0, 1, 0x22, 47, 0) }, 'type'],
    ['half a descriptor', { '810600210000': Uint8Array.of(9, 0x21, 0, 1) }, 'expected 9, got 4'],
  ])('reports %s', async (_, more, why) => {
    play({}, more);
    expect(await board.ask('test_get_desc_hid')).toEqual(['fail', '0']);
    expect(board.notes).toEqual([expect.stringContaining(why)]);
  });

  it('reports a device that stalls the request, and one that goes away', async () => {
    const link = play({}, {}, { stalls: ['8006'] });
    expect(await board.ask('test_get_desc_cfg')).toEqual(['fail', '0']);
    expect(board.notes[0]).toContain('stalled');
    link.disconnect();
    expect(await board.ask('test_get_desc_cfg')).toEqual(['fail', '0']);
    expect(board.notes[1]).toContain('gone');
  });

  it.each([
    ['a keyboard', KEYBOARD],
    ['a mouse', MOUSE],
    ['another device', {}],
  ])('accepts the requests of %s', async (_, shape) => {
    play(shape);
    expect(await board.ask('test_requests')).toEqual(['pass', '0']);
  });

  it.each([
    ['stalls Get_Report', {}, 'a101', 'Get_Report'],
    ['stalls Set_Idle', KEYBOARD, '210a', 'setting the idle'],
    ['stalls Get_Protocol', MOUSE, 'a103', 'protocol of interface 0'],
  ])('reports a device that %s', async (_, shape, request, why) => {
    play(shape, {}, { stalls: [request] });
    expect(await board.ask('test_requests')).toEqual(['fail', '0']);
    expect(board.notes).toEqual([expect.stringContaining(why)]);
  });

  it('reports a keyboard that forgets the protocol that was set', async () => {
    play(KEYBOARD, { a10300000000: Uint8Array.of(0) });
    expect(await board.ask('test_requests')).toEqual(['fail', '0']);
    expect(board.notes).toEqual([expect.stringContaining('protocol of interface 0: expected 1')]);
  });

  it('fails with what is on the bus when the device does not appear', async () => {
    await board.ask('test_get_desc_cfg');
    expect([board.verdict, board.message]).toEqual([
      'fail',
      expect.stringMatching(/HID device, which did not appear .* nothing is enumerated/),
    ]);
  });
});

/** Sends reports until it is told to stop; keeps what comes back. */
class PlayedHid implements UsbHidPort {
  readonly back: Uint8Array[] = [];
  isClosed = false;
  constructor(private left = 16) {}

  async read(length: number): Promise<Uint8Array | undefined> {
    return this.left-- > 0 ? new Uint8Array(length).fill(this.left) : undefined;
  }
  async write(report: Uint8Array): Promise<boolean> {
    this.back.push(report);
    return true;
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

describe('raw reports of usb_device_hid', () => {
  it('come back as they were sent, after the board was told to begin', async () => {
    const hid = new PlayedHid();
    usb.hid = hid;
    expect(await board.ask('test_raw_io', '20')).toEqual(['host_ready', '0']);
    expect(hid.back).toEqual(Array.from({ length: 16 }, (_, i) => new Uint8Array(20).fill(15 - i)));
    expect([hid.isClosed, board.verdict]).toEqual([true, undefined]);
  });

  it('are missed when they do not come', async () => {
    usb.hid = new PlayedHid(3);
    await board.ask('test_raw_io', '1');
    expect([board.verdict, board.message]).toEqual([
      'fail',
      'report 4 of 16 did not come from the board',
    ]);
  });

  it.each(['0', '65', 'x'])('of %s bytes are refused', async (length) => {
    await board.ask('test_raw_io', length);
    expect([board.verdict, board.message]).toEqual([
      'fail',
      expect.stringContaining('test_raw_io'),
    ]);
  });
});
