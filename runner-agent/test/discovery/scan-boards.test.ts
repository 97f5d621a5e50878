import { join } from 'node:path';
import { foundBoardSchema } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DaplinkBoardEmulator } from '../../../e2e/src/emulators/daplink-board-emulator.js';
import { UsbBoardEmulator } from '../../../e2e/src/emulators/usb-board-emulator.js';
import { UsbMachine } from '../../../e2e/src/emulators/usb-machine.js';
import { scanBoards } from '../../src/discovery/scan-boards.js';

const ID = '0240000034544e45001a00018aa900292011000097969900';
const DAPLINK = { vendorId: '0d28', productId: '0204', product: 'DAPLink CMSIS-DAP' };
const details = (id: string) => `# DAPLink\r\nUnique ID: ${id}\r\nRemount count: 0\r\n`;
let machine: UsbMachine;
beforeEach(() => {
  machine = new UsbMachine();
});
afterEach(() => machine.close());

async function scan() {
  const found = await scanBoards(machine.root);
  for (const board of found) foundBoardSchema.parse(board);
  return found;
}

describe('looking for boards', () => {
  it('finds a DAPLink board with its port, its drive and what it is', async () => {
    machine.plug({
      usbPath: '1-1.2',
      ...DAPLINK,
      serial: ID,
      ttys: { 1: 'ttyACM0' },
      disk: 'sdb',
      files: { 'DETAILS.TXT': details(ID.toUpperCase()) },
    });
    expect(await scan()).toEqual([
      {
        kind: 'daplink',
        usbPath: '1-1.2',
        ...DAPLINK,
        serial: ID,
        ports: [
          { path: join(machine.root, `dev/serial/by-id/usb-X_${ID}-if01`), interfaceNumber: 1 },
        ],
        hasDrive: true,
        mountPoint: join(machine.root, 'media', ID),
        probeId: ID,
        detectCode: '0240',
      },
    ]);
  });

  it('believes DETAILS.TXT before MBED.HTM, and both before the serial number', async () => {
    const html = (code: string) => `<a href="http://mbed.org/device/?code=${code}?version=1">`;
    const [first, second] = ['1010'.padEnd(32, 'a'), '9004'.padEnd(32, 'b')];
    const both = { 'DETAILS.TXT': details(first), 'MBED.HTM': html(second) };
    const plug = (usbPath: string, disk: string, files: Record<string, string>) =>
      machine.plug({
        usbPath,
        ...DAPLINK,
        serial: ID.replace('34', usbPath.slice(-2)),
        disk,
        files,
      });
    plug('1-11', 'sda', both);
    plug('1-12', 'sdb', { 'MBED.HTM': html(second) });
    plug('1-13', 'sdc', {});
    expect((await scan()).map(({ detectCode }) => detectCode)).toEqual(['1010', '9004', '0240']);
  });

  it('takes an ST-Link for what its drive says, never for its serial number', async () => {
    const stLink = { vendorId: '0483', productId: '374b', product: 'STM32 STLink' };
    const code = '07960221d6bd5eca2e3bd2a4';
    const html = `<meta content="0; url=http://mbed.org/device/?code=${code}">`;
    machine.plug({
      usbPath: '1-2',
      ...stLink,
      serial: '0670FF495254707867252236',
      ttys: { 2: 'ttyACM1' },
      disk: 'sdb',
      files: { 'MBED.HTM': html, 'DETAILS.TXT': 'Version: 0221\r\nBuild:   Jan 12 2018\r\n' },
    });
    machine.plug({ usbPath: '1-3', ...stLink, serial: '0796FF495254707867252236' });
    const [known, unknown] = await scan();
    expect(known).toMatchObject({ kind: 'st-link', detectCode: '0796', probeId: code });
    expect(unknown?.detectCode).toBeUndefined();
  });

  it('tells two ports of one board apart by their interface', async () => {
    machine.plug({
      usbPath: '1-4',
      vendorId: '1366',
      productId: '1051',
      product: 'J-Link',
      serial: '000683012345',
      ttys: { 2: 'ttyACM3', 0: 'ttyACM2' },
    });
    const [board] = await scan();
    expect(board).toMatchObject({ kind: 'j-link', hasDrive: false });
    expect(board?.ports.map(({ interfaceNumber }) => interfaceNumber)).toEqual([0, 2]);
  });

  it.each([
    ['2e8a', '000a', { 0: 'ttyACM0' }, 'pico'],
    ['2e8a', '0003', {}, 'pico'],
    ['2e8a', '000c', { 1: 'ttyACM0' }, 'daplink'],
    ['2341', '805a', { 0: 'ttyACM0' }, 'cdc'],
  ])('takes %s:%s for what it is', async (vendorId, productId, ttys, kind) => {
    machine.plug({ usbPath: '1-5', vendorId, productId, product: 'x', serial: 'E661', ttys });
    expect((await scan()).map((board) => board.kind)).toEqual([kind]);
  });

  it('leaves out keyboards, hubs, ST devices that are no probe, and what has no serial number', async () => {
    const other = { product: 'x', serial: 'S1' };
    machine.plug({ usbPath: '1-1', vendorId: '046d', productId: 'c31c', ...other });
    machine.plug({ usbPath: '1-2', vendorId: '0483', productId: 'df11', ...other });
    machine.plug({ usbPath: '1-3', ...DAPLINK, serial: '' });
    expect(await scan()).toEqual([]);
  });

  it('finds a drive whose mount point has a space in its name', async () => {
    const files = { 'DETAILS.TXT': details(ID) };
    const usb = { usbPath: '1-1', ...DAPLINK, serial: 'ABC123', disk: 'sdb', files };
    machine.plug({ ...usb, mountName: 'MBED DISK' });
    expect((await scan())[0]).toMatchObject({ detectCode: '0240' });
  });

  it('survives hostile names: what the device says is one line and bounded', async () => {
    const product = `\u001b[31m${'A'.repeat(5000)}\nboards:`;
    machine.plug({ usbPath: '1-1', ...DAPLINK, serial: 'ABC123', product });
    const [board] = await scan();
    expect(board?.product).toHaveLength(256);
    expect(board?.product).not.toMatch(/[\u0000-\u001f]/);
  });

  it('finds the boards that the contract suite runs on, by the paths that it uses', async () => {
    const boards = [
      await DaplinkBoardEmulator.start(),
      await UsbBoardEmulator.start('openocd'),
      await UsbBoardEmulator.start('picotool'),
    ];
    try {
      await boards[2]?.target.reset();
      const scans = await Promise.all(boards.map((board) => scanBoards(board.machine.root)));
      expect(scans.flat().map(({ kind, detectCode }) => [kind, detectCode])).toEqual([
        ['daplink', '0240'],
        ['st-link', '0796'],
        ['pico', undefined],
      ]);
      const paths = scans.flat().map(({ ports }) => ports[0]?.path);
      expect(paths).toEqual(boards.map(({ consolePath }) => consolePath));
    } finally {
      for (const board of boards) await board.close();
    }
  });

  it('finds nothing on a machine without USB', async () => {
    expect(await scanBoards(join(machine.root, 'nowhere'))).toEqual([]);
  });
});
