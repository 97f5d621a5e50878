import type { UsbDrive } from '@greenrack/farm-protocol';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { HostTestBench } from './support/host-test-bench.js';
import { PlayedUsb } from './support/played-usb.js';
import { PlayedWifi } from './support/played-wifi.js';

/** A drive with files by their path. */
class PlayedDrive implements UsbDrive {
  readonly files = new Map([['usb_msd_test_data/usb_msd_test_file', 'usb_msd_test_string']]);
  whyNot: string | undefined;
  isMounted = true;

  async awaitMounted(): Promise<string | undefined> {
    return this.whyNot;
  }
  async awaitUnmounted(): Promise<boolean> {
    return !this.isMounted;
  }
  async sizeBytes(): Promise<number | undefined> {
    return this.isMounted ? 52_224 : undefined;
  }
  async readFile(path: readonly string[]): Promise<Uint8Array | undefined> {
    const text = this.files.get(path.join('/'));
    return text === undefined ? undefined : Buffer.from(text);
  }
  async deleteFile(path: readonly string[]): Promise<boolean> {
    return this.files.delete(path.join('/'));
  }
  async unmount(): Promise<boolean> {
    const wasMounted = this.isMounted;
    this.isMounted = false;
    return wasMounted;
  }
}

const FILE = 'usb_msd_test_data usb_msd_test_file';
let drive: PlayedDrive;
let usb: PlayedUsb;
let board: HostTestBench;
beforeEach(() => {
  drive = new PlayedDrive();
  usb = new PlayedUsb();
  usb.storage = drive;
  board = new HostTestBench(
    'pyusb_msd',
    { target: 'K64F', resetDelayMs: 0 },
    { 'usb-device': usb, 'wifi-station': new PlayedWifi() },
  );
});

describe('pyusb_msd', () => {
  it('names the drive and looks for that name', async () => {
    const [key, serial] = (await board.ask('get_serial_number')) ?? [];
    expect([key, serial]).toEqual(['serial_number', expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(usb.asked).toEqual([serial]);
  });

  it('says that it runs on Linux', async () => {
    expect(await board.ask('get_os_type')).toEqual(['os_type', '2']);
  });

  it('reports a drive as mounted two seconds after it was', async () => {
    await board.say('check_if_mounted');
    await board.advance(1999);
    expect(board.sent).toEqual([]);
    await board.advance(1);
    expect(board.sent).toEqual([['passed', '0']]);
  });

  it('reports a drive that is not mounted, and notes why', async () => {
    drive.whyNot = 'no drive within 25000 ms';
    expect(await board.ask('check_if_mounted')).toEqual(['failed', '0']);
    expect(board.notes[0]).toMatch(/no drive within 25000 ms; nothing is enumerated/);
    expect(board.verdict).toBeUndefined();
  });

  it('reports whether a drive has gone', async () => {
    expect(await board.ask('check_if_not_mounted')).toEqual(['failed', '0']);
    expect(await board.ask('unmount')).toEqual(['passed', '0']);
    expect(await board.ask('check_if_not_mounted')).toEqual(['passed', '0']);
    expect(await board.ask('unmount')).toEqual(['failed', '0']);
  });

  it('sends the size of the file system as a key', async () => {
    expect(await board.ask('get_mounted_fs_size')).toEqual(['52224', '0']);
    drive.isMounted = false;
    expect(await board.ask('get_mounted_fs_size')).toEqual(['failed', '0']);
  });

  it('tells whether a file with that first line exists', async () => {
    const ask = async (content: string) =>
      await board.ask('check_file_exist', `${FILE} ${content}`);
    expect(await ask('usb_msd_test_string')).toEqual(['exist', '0']);
    expect(await ask('another')).toEqual(['non-exist', '0']);
    expect(board.notes[0]).toContain('expected "another"');
    drive.files.clear();
    expect(await ask('usb_msd_test_string')).toEqual(['non-exist', '0']);
  });

  it('deletes a file once', async () => {
    expect(await board.ask('delete_files', FILE)).toEqual(['passed', '0']);
    expect(await board.ask('delete_files', FILE)).toEqual(['failed', '0']);
  });

  it.each([
    ['check_file_exist', 'a b'],
    ['check_file_exist', 'a b c d'],
    ['delete_files', 'a'],
    ['delete_files', 'a b c'],
  ])('fails a %s that makes no sense: %s', async (key, value) => {
    await board.ask(key, value);
    expect([board.verdict, board.message]).toEqual(['fail', expect.stringContaining(key)]);
  });
});
