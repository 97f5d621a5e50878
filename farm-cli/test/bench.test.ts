import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { callCli, tempDir } from './support/call-cli.js';

/** Each call starts a process or two. */
jest.setTimeout(60_000);
let dir: ReturnType<typeof tempDir>;
beforeEach(() => {
  dir = tempDir();
});
afterEach(() => dir.remove());

const cli = (...args: string[]) =>
  callCli(args, { cwd: dir.path, env: { PATH: process.env.PATH ?? '' } });

/** A machine with one DAPLink board of the detect code, as Linux shows it. */
function plug(code: string): string {
  const device = join(dir.path, 'sys/bus/usb/devices/1-1');
  mkdirSync(device, { recursive: true });
  const fields = { idVendor: '0d28', idProduct: '0204', serial: code.padEnd(48, 'a') };
  for (const [name, text] of Object.entries(fields)) writeFileSync(join(device, name), text);
  return dir.path;
}

describe('greenrack boards scan', () => {
  it('proposes a rack file for what is plugged in', async () => {
    const { exitCode, out } = await cli(
      'boards',
      'scan',
      '--root',
      plug('0240'),
      '--agent',
      'pi-1',
    );
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^agent: pi-1\nboards:\n/);
    expect(out).toMatch(/^ {2}- serial: "?0240a+"?\n {4}model: k64f$/m);
  });

  it('prints what it found as JSON when it is asked to', async () => {
    const { out } = await cli('boards', 'scan', '--json', '--root', plug('1070'));
    expect(JSON.parse(out)).toMatchObject({ boards: [{ detectCode: '1070', usbPath: '1-1' }] });
  });
});

describe('greenrack doctor', () => {
  function inventory(executable: string): string {
    mkdirSync(join(dir.path, 'models'));
    mkdirSync(join(dir.path, 'racks'));
    const memory =
      'memory:\n  - name: flash\n    address: 0\n    sizeBytes: 1024\nimageFormats: [bin]\n';
    const params = `params:\n  machine: mps2-an385\n  executable: "${executable}"\n`;
    const model = `name: m3\ntarget: FVP_MPS2_M3\ntitle: M3\ndriver: qemu\n${params}${memory}`;
    writeFileSync(join(dir.path, 'models/m3.yaml'), model);
    const rack = 'agent: pi-1\nboards:\n  - serial: virt-1\n    model: m3\n';
    writeFileSync(join(dir.path, 'racks/pi.yaml'), rack);
    return dir.path;
  }

  it('shows what an emulator lacks, without cutting it off', async () => {
    const { exitCode, out } = await cli(
      'doctor',
      '--inventory',
      inventory('true'),
      '--agent',
      'pi-1',
    );
    // `true` stands for an emulator that starts and knows no machine.
    expect(out).toMatch(/BAD +virt-1 +FVP_MPS2_M3 +board +true does not know the machine/);
    expect(exitCode).toBe(3);
  });

  it('says what to install and blames the farm', async () => {
    const args = ['--inventory', inventory('qemu-none'), '--agent', 'pi-1'] as const;
    const { exitCode, out } = await cli('doctor', ...args);
    expect(exitCode).toBe(3);
    expect(out).toMatch(/BAD +virt-1 .*apt-get install qemu-system-arm/);
  });

  it('names the agents that there are when this one has no rack', async () => {
    const { exitCode, err } = await cli('doctor', '--inventory', inventory('x'), '--agent', 'pi-9');
    expect(exitCode).toBe(3);
    expect(err).toMatch(/pi-9; there is pi-1/);
  });
});
