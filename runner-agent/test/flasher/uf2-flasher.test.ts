import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { maker } from '../../src/drivers/flasher/uf2-flasher.js';
import { boardSpec } from '../support/assignments.js';

jest.setTimeout(30_000);
const wanted = new AbortController().signal;
let dir: string;
let point: string;
let taken: Buffer | undefined;

/** The boot loader of an RP2040: its drive goes when it has the whole file. */
function bootLoader(): void {
  const staging = `${point}.staging`;
  mkdirSync(staging);
  writeFileSync(join(staging, 'INFO_UF2.TXT'), 'UF2 Bootloader v3.0\r\nBoard-ID: RPI-RP2\r\n');
  renameSync(staging, point);
  const watcher = watch(point, { persistent: false }, (_, name) => {
    const path = join(point, name ?? '');
    if (!name?.endsWith('.uf2') || !existsSync(path) || readFileSync(path).length < 1024) return;
    taken = readFileSync(path);
    watcher.close();
    rmSync(point, { recursive: true, force: true });
  });
}

function make(params: Record<string, unknown> = {}) {
  const context = { where: 'board pico: flasher', board: boardSpec('pico'), workDir: dir };
  return maker.create({ mountPoint: point, boardId: 'RPI-RP2', ...params }, context);
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
  point = join(dir, 'RPI-RP2');
  taken = undefined;
  writeFileSync(path(), Buffer.alloc(1024, 7));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('flashing through a UF2 drive', () => {
  it('copies the file and is done when the boot loader has left', async () => {
    bootLoader();
    const report = await make().flash(image(), wanted);
    expect(taken?.equals(readFileSync(path()))).toBe(true);
    expect(report).toMatchObject({ bytesWritten: 512, sectorsWritten: 1 });
  });

  it('waits for a boot loader that is about to start', async () => {
    const flashing = make().flash(image(), wanted);
    setTimeout(bootLoader, 100);
    await flashing;
    expect(taken).toHaveLength(1024);
  });

  it('does not flash the boot loader of another board', async () => {
    bootLoader();
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
