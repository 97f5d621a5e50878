import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UsbDrive } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ProbeLine } from '../../../e2e/src/emulators/probe-line.js';
import { StandInTool, type ToolRule } from '../../../e2e/src/emulators/stand-in-tool.js';
import { type EmulatedUsb, UsbMachine } from '../../../e2e/src/emulators/usb-machine.js';
import type { LentInstruments } from '../../src/contracts/instruments.js';
import { lendInstruments } from '../../src/drivers/instruments.js';

jest.setTimeout(60_000);
const SERIAL = '00112233445566778899aabbccddeeff';
const LONG_MS = 50_000;
const SHORT_MS = 10;
const FILES = { 'usb_msd_test_data/usb_msd_test_file': 'usb_msd_test_string' };
const FILE = ['usb_msd_test_data', 'usb_msd_test_file'];
const USB: EmulatedUsb = {
  usbPath: '1-1.4',
  vendorId: '0d28',
  productId: '0206',
  serial: SERIAL,
  product: 'MSD',
  disk: 'sdq',
};

let machine: UsbMachine;
let udisks: StandInTool;
let daemon: ProbeLine;
let lent: LentInstruments;
let drive: UsbDrive;
beforeEach(async () => {
  machine = new UsbMachine();
  // Plays udisksd: mounts and unmounts as it is told.
  daemon = await ProbeLine.listen(join(machine.root, 'udisksd'), async ([verb]) => {
    if (verb === 'mount') machine.mount(USB, FILES);
    else machine.unmount(USB);
    return {};
  });
  udisks = new StandInTool(machine.root, 'udisksctl', [
    { when: 'monitor', hang: true },
    { tell: daemon.path },
  ]);
  lent = lendInstruments(['usb-device:1-1.4'], {
    root: machine.root,
    usb: { udisksctl: udisks.path },
  });
  machine.plugHub('1-1');
  drive = lent.instruments['usb-device'].drive(SERIAL);
});
afterEach(async () => {
  await lent.release();
  daemon.close();
  machine.close();
});

const says = (rule: ToolRule): void => udisks.behave([{ when: 'monitor', hang: true }, rule]);

describe('the drive of a board’s own USB', () => {
  it('is mounted when it comes', async () => {
    const mounting = drive.awaitMounted(LONG_MS);
    machine.plug(USB);
    expect(await mounting).toBeUndefined();
    const device = join(machine.root, 'dev/sdq');
    expect(udisks.calls.filter(([verb]) => verb === 'mount')).toEqual([
      ['mount', '--block-device', device, '--no-user-interaction'],
    ]);
  });

  it('is left alone when an automounter was first', async () => {
    machine.plug({ ...USB, files: FILES });
    expect(await drive.awaitMounted(LONG_MS)).toBeUndefined();
    expect(udisks.calls.filter(([verb]) => verb === 'mount')).toEqual([]);
  });

  it('is waited for while an automounter is at it', async () => {
    says({
      stderr: 'Error mounting /dev/sdq: org.freedesktop.UDisks2.Error.AlreadyMounted',
      exit: 1,
    });
    machine.plug(USB);
    const mounting = drive.awaitMounted(LONG_MS);
    setImmediate(() => machine.mount(USB, FILES));
    expect(await mounting).toBeUndefined();
  });

  it('is not mounted when it does not come', async () => {
    expect(await drive.awaitMounted(SHORT_MS)).toContain(`no drive of USB device ${SERIAL}`);
    expect(await drive.sizeBytes()).toBeUndefined();
    expect(await drive.readFile(FILE, 64)).toBeUndefined();
    expect(await drive.deleteFile(FILE)).toBe(false);
    expect(await drive.unmount()).toBe(false);
  });

  it('is the board’s fault when there is no file system on it', async () => {
    says({ stderr: 'Error mounting /dev/sdq: wrong fs type, bad superblock on /dev/sdq', exit: 1 });
    machine.plug(USB);
    expect(await drive.awaitMounted(LONG_MS)).toMatch(/sdq: Error mounting .* wrong fs type/);
  });

  it.each<[string, ToolRule]>([
    [
      'Not authorized to perform operation',
      { stderr: 'Error: Not authorized to perform operation', exit: 1 },
    ],
    ['Error connecting', { stderr: 'Error connecting to the udisks daemon', exit: 1 }],
  ])('is this machine’s fault when udisks says: %s', async (words, rule) => {
    says(rule);
    machine.plug(USB);
    await expect(drive.awaitMounted(LONG_MS)).rejects.toThrow(`${words}`);
  });

  it('is this machine’s fault when there is no udisks', async () => {
    const other = lendInstruments(['usb-device'], {
      root: machine.root,
      usb: { udisksctl: join(machine.root, 'nowhere') },
    });
    machine.plug(USB);
    await expect(
      other.instruments['usb-device'].drive(SERIAL).awaitMounted(LONG_MS),
    ).rejects.toThrow('Install udisks2');
  });

  it('has a size, and files that can be read and deleted', async () => {
    machine.plug({ ...USB, files: FILES });
    expect(await drive.sizeBytes()).toBeGreaterThan(0);
    expect(Buffer.from((await drive.readFile(FILE, 64)) ?? []).toString()).toBe(
      'usb_msd_test_string',
    );
    expect(await drive.readFile(FILE, 3)).toHaveLength(3);
    expect(await drive.readFile(['usb_msd_test_data', 'other'], 64)).toBeUndefined();
    expect(await drive.readFile(['usb_msd_test_data'], 64)).toBeUndefined();
    expect(await drive.deleteFile(FILE)).toBe(true);
    expect(existsSync(join(machine.root, 'media', SERIAL, ...FILE))).toBe(false);
    expect(await drive.deleteFile(FILE)).toBe(false);
  });

  it('leads nobody out of it', async () => {
    machine.plug({ ...USB, files: FILES });
    const outside = join(machine.root, 'secret');
    writeFileSync(outside, 'secret');
    const media = join(machine.root, 'media', SERIAL);
    symlinkSync(outside, join(media, 'link'));
    symlinkSync(machine.root, join(media, 'folder'));
    for (const path of [['link'], ['folder', 'secret'], ['..', '..', 'secret'], ['../../secret']]) {
      expect(await drive.readFile(path, 64)).toBeUndefined();
      expect(await drive.deleteFile(path)).toBe(false);
    }
    expect(existsSync(outside)).toBe(true);
  });

  it('is unmounted when it is told to be', async () => {
    machine.plug({ ...USB, files: FILES });
    const leaving = drive.awaitUnmounted(LONG_MS);
    expect(await drive.unmount()).toBe(true);
    expect(await leaving).toBe(true);
  });

  it('is unmounted at the end of the run by whoever mounted it', async () => {
    machine.plug(USB);
    await drive.awaitMounted(LONG_MS);
    await lent.release();
    expect(udisks.calls.filter(([verb]) => verb === 'unmount')).toHaveLength(1);
  });

  it('stays mounted at the end of the run when an automounter did it', async () => {
    machine.plug({ ...USB, files: FILES });
    await drive.awaitMounted(LONG_MS);
    await lent.release();
    expect(udisks.calls.filter(([verb]) => verb === 'unmount')).toEqual([]);
  });

  it('counts as unmounted when it is pulled out', async () => {
    machine.plug({ ...USB, files: FILES });
    expect(await drive.awaitUnmounted(SHORT_MS)).toBe(false);
    const leaving = drive.awaitUnmounted(LONG_MS);
    machine.unplug(USB);
    expect(await leaving).toBe(true);
  });

  it('is this machine’s fault when somebody here uses it', async () => {
    says({ stderr: 'Error unmounting /dev/sdq: target is busy', exit: 1 });
    machine.plug({ ...USB, files: FILES });
    await expect(drive.unmount()).rejects.toThrow('target is busy');
  });
});
