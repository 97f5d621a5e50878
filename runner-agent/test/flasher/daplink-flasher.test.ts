import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BoardSpec } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DaplinkDriveEmulator } from '../../../e2e/src/emulators/daplink-drive-emulator.js';
import type { FlasherPart } from '../../src/contracts/board-part.js';
import { maker } from '../../src/drivers/flasher/daplink-flasher.js';
import { boardSpec } from '../support/assignments.js';
import { flashImage } from '../support/flash-image.js';
import { watched } from '../support/watched.js';

jest.setTimeout(60_000);
const ID = '0240000034544e45001a00018aa900292011000097969900';
const wanted = new AbortController().signal;
const image = flashImage('smallest.bin');
let dir: string;
let drive: DaplinkDriveEmulator;
let flasher: FlasherPart;

function make(params: Record<string, unknown>, spec: Partial<BoardSpec> = {}): FlasherPart {
  const board = { ...boardSpec('k64f-1'), ...spec };
  return maker.create(params, { where: 'board k64f-1: flasher', board, workDir: dir });
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-drive-'));
  drive = new DaplinkDriveEmulator(join(dir, 'media/DAPLINK'), ID);
  flasher = make({ mountPoint: drive.mountPoint, uniqueId: ID.toUpperCase() });
});
afterEach(async () => {
  await flasher.dispose?.();
  drive.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('flashing through the drive of a DAPLink probe', () => {
  it('copies every byte, waits for the remount, and reports what was written', async () => {
    const report = await flasher.flash(image, wanted);
    expect(drive.flashed?.equals(readFileSync(image.path))).toBe(true);
    expect(drive.remountCount).toBe(1);
    const bytes = image.info.sizeBytes;
    expect(report).toMatchObject({ bytesWritten: bytes, sectorsWritten: Math.ceil(bytes / 4096) });
  });

  it('waits for a probe that programs slowly', async () => {
    drive.faults.programMs = 400;
    await flasher.flash(image, wanted);
    expect(drive.remountCount).toBe(1);
  });

  it('finds the drive by the serial number of the probe, wherever it is mounted', async () => {
    mkdirSync(join(dir, 'dev/disk/by-id'), { recursive: true });
    mkdirSync(join(dir, 'proc'));
    writeFileSync(join(dir, 'dev/sdb'), '');
    symlinkSync('../../sdb', join(dir, `dev/disk/by-id/usb-MBED_VFS_${ID}-0:0`));
    const mounts = `${join(dir, 'dev/sdb')} ${drive.mountPoint} vfat rw 0 0\n`;
    writeFileSync(join(dir, 'proc/mounts'), mounts);
    const bySerial = make({ usbSerial: ID, root: dir });
    expect(await bySerial.check(wanted)).toMatch(/DAPLink 0257.*remount count 0/);
    await bySerial.dispose?.();
  });

  it('tries again after a transient failure', async () => {
    drive.faults.failures.push('error: The transfer timed out.\r\ntype: transient\r\n');
    drive.faults.failures.push('error: Out of order.\r\ntype: transient, interface\r\n');
    await flasher.flash(image, wanted);
    expect(drive.flashings).toBe(1);
  });

  it('gives up after three transient failures', async () => {
    const text = 'error: The transfer timed out.\r\ntype: transient\r\n';
    drive.faults.failures.push(text, text, text, text);
    await expect(flasher.flash(image, wanted)).rejects.toThrow(/timed out.*transient/);
    expect(drive.faults.failures).toHaveLength(1);
  });

  it('says what the probe says about the target, and what helps', async () => {
    drive.faults.failures.push('error: Unable to erase.\r\ntype: target\r\n');
    await expect(flasher.flash(image, wanted)).rejects.toMatchObject({
      reason: 'flashFailed',
      message: expect.stringMatching(/Unable to erase.*target.*Power-cycle/),
    });
    expect(drive.flashed).toBeUndefined();
  });

  it('understands FAIL.TXT of old firmware, which has no type', async () => {
    drive.faults.failures.push('SWD ERROR');
    await expect(flasher.flash(image, wanted)).rejects.toThrow(/SWD ERROR/);
  });

  it('explains a drive that goes away while it is written to', async () => {
    drive.faults.vanishesOnWrite = true;
    drive.faults.failures.push('error: The file is not for this board.\r\ntype: user\r\n');
    await expect(flasher.flash(image, wanted)).rejects.toThrow(/not for this board.*Submit/);
  });

  it('refuses a board that is not the one of the inventory', async () => {
    const other = make({ mountPoint: drive.mountPoint, uniqueId: '0240ffff' });
    await expect(other.flash(image, wanted)).rejects.toThrow(
      /belongs to 0240000034.*inventory has 0240ffff.*Plug the right board in/,
    );
    expect(drive.flashed).toBeUndefined();
    await other.dispose?.();
  });

  it('takes the serial number of the inventory for the ID that it must see', async () => {
    const other = `9004${ID.slice(4)}`;
    const part = make({ mountPoint: drive.mountPoint }, { serial: other });
    await expect(part.check(wanted)).rejects.toThrow(new RegExp(`${ID}, but.*has ${other} here`));
    await part.dispose?.();
  });

  it('refuses another kind of board, and says which is plugged in and which should be', async () => {
    const spec = { target: 'LPC1768', detectCodes: ['1010', '1011'] };
    const part = make({ mountPoint: drive.mountPoint }, spec);
    await expect(part.flash(image, wanted)).rejects.toMatchObject({
      reason: 'flashFailed',
      message: expect.stringMatching(
        /tells detect code 0240.*inventory has k64f-1 here, a LPC1768 with 1010 or 1011\. Plug the right/,
      ),
    });
    expect(drive.flashed).toBeUndefined();
    await part.dispose?.();
  });

  it('takes a code that the inventory pins, and tells how far the board is known', async () => {
    const spec = { target: 'LPC1768', detectCodes: ['1010'] };
    const part = make({ mountPoint: drive.mountPoint, detectCode: '0240' }, spec);
    expect(await part.check(wanted)).toMatch(/detect code 0240 as LPC1768/);
    expect((await part.flash(image, wanted))?.detail).toMatch(/same probe; detect code 0240 as/);
    await part.dispose?.();
  });

  it('takes the ID from MBED.HTM where DETAILS.TXT has none', async () => {
    drive.faults.hidesId = true;
    drive.unmount();
    drive.mount();
    const spec = { target: 'LPC1768', detectCodes: ['1010'] };
    const part = make({ mountPoint: drive.mountPoint }, spec);
    await expect(part.check(wanted)).rejects.toThrow(/tells detect code 0240/);
    await part.dispose?.();
  });

  it('fails when another board answers after flashing', async () => {
    drive.faults.idAfter = '0240aaaa';
    await expect(flasher.flash(image, wanted)).rejects.toThrow(/0240aaaa/);
  });

  it('fails when the probe lost power while it flashed', async () => {
    await flasher.flash(image, wanted);
    await flasher.flash(image, wanted);
    drive.faults.restarts = true;
    await expect(flasher.flash(image, wanted)).rejects.toThrow(/restarted/);
  });

  it('shows the assertion of a probe whose own firmware stopped', async () => {
    drive.faults.assertion = 'Assert\r\nFile: flash_manager.c\r\nLine: 94\r\n';
    drive.unmount();
    drive.mount();
    await expect(flasher.check(wanted)).rejects.toThrow(/flash_manager\.c.*ASSERT\.TXT/s);
  });

  it('refuses a drive without a remount count and names what to use instead', async () => {
    const stLink = new DaplinkDriveEmulator(join(dir, 'media/NODE'), ID, { stLink: true });
    const part = make({ mountPoint: stLink.mountPoint });
    await expect(part.check(wanted)).rejects.toThrow(/remount count.*st-flash/);
    await part.dispose?.();
    stLink.close();
  });

  it('waits for a drive that is not mounted yet', async () => {
    drive.unmount();
    const flashing = flasher.flash(image, wanted);
    await watched(dirname(drive.mountPoint));
    drive.mount();
    await flashing;
    expect(drive.flashings).toBe(1);
  });

  it('says so when there is no drive, and writes nothing into an empty mount point', async () => {
    drive.unmount();
    mkdirSync(drive.mountPoint);
    await expect(flasher.check(wanted)).rejects.toThrow(/DETAILS\.TXT.*automounter/);
  });

  it('stops at once when the run is cancelled', async () => {
    drive.faults.neverRemounts = true;
    const cancel = new AbortController();
    drive.onProgrammed = () => cancel.abort(new Error('cancelled'));
    await expect(flasher.flash(image, cancel.signal)).rejects.toThrow('cancelled');
  });

  it('marks what is on the board: the mark changes when the probe was replugged', async () => {
    await flasher.flash(image, wanted);
    const before = await flasher.contentMark?.(wanted);
    expect(await flasher.contentMark?.(wanted)).toBe(before);
    drive.unmount();
    drive.remountCount = 0;
    drive.mount();
    expect(await flasher.contentMark?.(wanted)).not.toBe(before);
  });

  it('names a wrong parameter', () => {
    expect(() => make({})).toThrow(/either mountPoint or usbSerial/);
    expect(() => make({ mountPoint: 'media' })).toThrow(/mountPoint/);
  });

  // Mounting is for root; the folder that is renamed stands for it elsewhere.
  (process.getuid?.() === 0 ? it : it.skip)('sees a real mount come and go', async () => {
    const point = join(dir, 'mounted');
    mkdirSync(point);
    const part = make({ mountPoint: point });
    const staging = join(dir, 'media/DAPLINK/DETAILS.TXT');
    const waiting = part.contentMark?.(wanted);
    await watched(point);
    execFileSync('mount', ['--bind', join(dir, 'media/DAPLINK'), point]);
    try {
      expect(await waiting).toBe(`${ID}:0:`);
      expect(readFileSync(staging, 'utf8')).toContain(ID);
    } finally {
      execFileSync('umount', [point]);
      await part.dispose?.();
    }
  });
});
