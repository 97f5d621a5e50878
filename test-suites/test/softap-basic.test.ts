import { beforeEach, describe, expect, it } from '@jest/globals';
import { HostTestBench } from './support/host-test-bench.js';
import { PlayedUsb } from './support/played-usb.js';
import { PlayedWifi } from './support/played-wifi.js';

let wifi: PlayedWifi;
let board: HostTestBench;
beforeEach(() => {
  wifi = new PlayedWifi();
  const config = { target: 'CY8CPROTO_062_4343W', resetDelayMs: 0 };
  board = new HostTestBench('softap_basic', config, {
    'usb-device': new PlayedUsb(),
    'wifi-station': wifi,
  });
});

describe('softap_basic', () => {
  it('says that it runs on Linux', async () => {
    expect(await board.ask('get_os_type', 'host')).toEqual(['os_type', 'Linux']);
  });

  it('joins the network of the board, pings the board, and leaves', async () => {
    expect(await board.ask('softap', 'up')).toEqual(['passed', '0']);
    expect(wifi.calls).toEqual(['join MBEDSoftAPTest abcd1234', 'ping 192.168.10.1', 'leave']);
  });

  it('reports a network that cannot be joined, and notes why', async () => {
    wifi.joined = { how: 'refused', detail: 'the network could not be found' };
    expect(await board.ask('softap', 'up')).toEqual(['failed', '0']);
    expect(board.notes).toEqual([expect.stringContaining('could not be found')]);
    expect(board.verdict).toBeUndefined();
  });

  it('reports a board that does not answer, and leaves all the same', async () => {
    wifi.answersPing = false;
    expect(await board.ask('softap', 'up')).toEqual(['failed', '0']);
    expect(wifi.calls.at(-1)).toBe('leave');
  });

  it('reports an event that it does not know', async () => {
    expect(await board.ask('softap', 'down')).toEqual(['failed', '0']);
    expect(wifi.calls).toEqual([]);
  });
});
