import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DeviceFaults, EmulatedUsbDevice } from './support/emulated-usb-device.js';
import { EmulatedUsbHost } from './support/emulated-usb-host.js';
import { HostTestBench } from './support/host-test-bench.js';
import { PlayedUsb } from './support/played-usb.js';
import { PlayedWifi } from './support/played-wifi.js';
import { testDescriptors } from './support/usb-test-descriptors.js';

let usb: PlayedUsb;
let board: HostTestBench;
beforeEach(() => {
  usb = new PlayedUsb();
  const config = { target: 'K64F', resetDelayMs: 0 };
  board = new HostTestBench('pyusb_basic', config, {
    'usb-device': usb,
    'wifi-station': new PlayedWifi(),
  });
});

function play(faults: DeviceFaults = {}, aborts = false): EmulatedUsbHost {
  const link = new EmulatedUsbHost(new EmulatedUsbDevice(testDescriptors(), { faults, aborts }));
  usb.link = link;
  return link;
}

const IDS = { control_basic_test: `0123456789 ${0x0d28} ${0x0205}` };
const ask = async (key: string) =>
  await board.ask(key, Object.hasOwn(IDS, key) ? IDS.control_basic_test : '0123456789');

const CONTROL = [
  'control_basic_test',
  'control_stall_test',
  'control_sizes_test',
  'control_stress_test',
  'device_soft_reconnection_test',
  'device_suspend_resume_test',
  'repeated_construction_destruction_test',
];
const ENDPOINTS = [
  'ep_test_data_correctness',
  'ep_test_halt',
  'ep_test_parallel_transfers',
  'ep_test_parallel_transfers_ctrl',
  'ep_test_data_toggle',
];

describe('pyusb_basic', () => {
  it.each([...CONTROL, ...ENDPOINTS])(
    'passes a device that does as it should in %s',
    async (key) => {
      const link = play();
      expect(await ask(key)).toEqual(['pass', '0']);
      expect(board.notes).toEqual([]);
      expect([link.isClosed, usb.asked]).toEqual([true, ['0123456789']]);
    },
  );

  it('passes a device that aborts its transfers', async () => {
    play({}, true);
    expect([await ask('ep_test_abort'), board.notes]).toEqual([['pass', '0'], []]);
  });

  it.each<[string, string, DeviceFaults, string]>([
    [
      'refuses a configuration',
      'control_basic_test',
      { stalls: ['0009'] },
      'setting configuration 0 stalled',
    ],
    [
      'refuses to be halted',
      'control_basic_test',
      { stalls: ['0203'] },
      'halting endpoint 1 stalled',
    ],
    ['answers short', 'control_sizes_test', { shortBy: 1 }, 'sent 1 bytes, got 0 back'],
    ['does not take data', 'control_stress_test', { stalls: ['4002'] }, 'control OUT 101 stalled'],
    ['accepts anything', 'control_stall_test', { answersAll: true }, 'must be refused'],
    ['has no strings', 'control_stall_test', { stalls: ['8006'] }, 'reading string 3 stalled'],
    ['returns other data', 'ep_test_data_correctness', { garbles: true }, 'byte 0 of 1 is'],
    ['sends nothing back', 'ep_test_data_correctness', { sleeps: true }, 'timed out'],
    ['transfers though halted', 'ep_test_halt', { ignoresHalt: true }, 'still transfers'],
    ['never restarts', 'ep_test_halt', { stalls: ['4005'] }, 'restarting the endpoints stalled'],
    ['returns other data', 'ep_test_parallel_transfers', { garbles: true }, 'byte 0 of'],
    ['returns other data', 'ep_test_parallel_transfers_ctrl', { garbles: true }, 'byte 0 of'],
    ['answers short', 'ep_test_parallel_transfers_ctrl', { shortBy: 1 }, 'control transfer: sent'],
    [
      'keeps its data toggles',
      'ep_test_data_toggle',
      { keepsToggles: true },
      'toggle was not reset',
    ],
  ])('reports a device that %s in %s', async (_, key, faults, why) => {
    play(faults);
    expect(await ask(key)).toEqual(['fail', '0']);
    expect(board.notes).toEqual([expect.stringContaining(why)]);
    expect(board.verdict).toBeUndefined();
  });

  it('reports a device that sends on after an abort', async () => {
    play({ neverAborts: true }, true);
    expect(await ask('ep_test_abort')).toEqual(['fail', '0']);
    expect(board.notes).toEqual([expect.stringContaining('went on for 80 bytes before its abort')]);
  });

  it('reports a device that is not what it says', async () => {
    play();
    expect(await board.ask('control_basic_test', '0123456789 3368 4660')).toEqual(['fail', '0']);
    expect(board.notes).toEqual([expect.stringContaining('product id: expected 4660, got 517')]);
  });

  it('reports a device that goes away', async () => {
    play().disconnect();
    expect(await ask('control_sizes_test')).toEqual(['fail', '0']);
    expect(board.notes).toEqual([expect.stringContaining('gone')]);
  });

  it('resets the port three times, and looks whether the device works after each', async () => {
    const link = play();
    expect(await board.ask('reset_support')).toEqual(['placeholder', 'true']);
    for (const resets of [1, 2, 3, 3]) {
      expect(await ask('device_reset_test')).toEqual(['pass', '0']);
      expect(link.resets).toBe(resets);
    }
    link.disconnect();
    expect(await ask('device_reset_test')).toEqual(['fail', '0']);
  });

  it.each(['0123456789', '0123456789 x 5', '0123456789 1 2 3'])(
    'fails a control_basic_test that makes no sense: %s',
    async (value) => {
      play();
      await board.ask('control_basic_test', value);
      expect(board.verdict).toBe('fail');
    },
  );

  it('fails with what is on the bus when the device does not appear', async () => {
    await ask('control_sizes_test');
    expect([board.verdict, board.message]).toEqual([
      'fail',
      expect.stringMatching(/"0123456789", which did not appear .* nothing is enumerated/),
    ]);
  });

  it('does not blame the board for trouble of this side', async () => {
    usb.trouble = new Error('the npm package usb is not there');
    await expect(ask('control_sizes_test')).rejects.toThrow('is not there');
    expect([board.verdict, board.sent]).toEqual([undefined, []]);
  });
});
