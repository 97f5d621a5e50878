import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Uf2DriveEmulator } from '../../../e2e/src/emulators/uf2-drive-emulator.js';
import { maker } from '../../src/drivers/flasher/uf2-flasher.js';
import { boardSpec } from '../support/assignments.js';
import { uf2File } from '../support/uf2-file.js';
import { watched } from '../support/watched.js';

jest.setTimeout(30_000);
const wanted = new AbortController().signal;
let dir: string;
let drive: Uf2DriveEmulator;
let started: Buffer | undefined;

function make(params: Record<string, unknown> = {}) {
  const context = { where: 'board pico: flasher', board: boardSpec('pico'), workDir: dir };
  return maker.create({ mountPoint: drive.mountPoint, boardId: 'RPI-RP2', ...params }, context);
}

const path = () => join(dir, 'firmware');
const image = (format: 'uf2' | 'bin' = 'uf2') => ({
  path: path(),
  info: {
    format,
    sizeBytes: 1024,
    sha256: 'ab'.repeat(32),
    segments: [{ address: 0x1000_0000, sizeBytes: 512 }],
  },
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-uf2-'));
  started = undefined;
  drive = new Uf2DriveEmulator(join(dir, 'RPI-RP2'), async (memory) => {
    started = memory;
  });
  writeFileSync(path(), uf2File(Buffer.alloc(512, 7)));
});
afterEach(() => {
  drive.unmount();
  rmSync(dir, { recursive: true, force: true });
});

describe('flashing through a UF2 drive', () => {
  it('copies the file and is done when the boot loader has left', async () => {
    drive.mount();
    const report = await make().flash(image(), wanted);
    expect(drive.taken?.equals(readFileSync(path()))).toBe(true);
    expect(started?.subarray(0, 512)).toEqual(Buffer.alloc(512, 7));
    expect(report).toMatchObject({ bytesWritten: 512, sectorsWritten: 1 });
  });

  it('waits for a boot loader that is about to start', async () => {
    const flashing = make().flash(image(), wanted);
    await watched(dir);
    drive.mount();
    await flashing;
    expect(drive.taken).toHaveLength(1024);
  });

  it('does not flash the boot loader of another board', async () => {
    drive.mount();
    await expect(make({ boardId: 'SAMD51' }).flash(image(), wanted)).rejects.toThrow(
      /RPI-RP2, not/,
    );
  });

  it('takes nothing but UF2', async () => {
    await expect(make().flash(image('bin'), wanted)).rejects.toMatchObject({
      reason: 'imageUnsuitable',
    });
  });

  it('says how to reach the boot loader when there is none', async () => {
    await expect(make().check(wanted)).rejects.toThrow(/BOOTSEL/);
  });
});
