import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { crashAddresses } from '../../src/symbols/crash-addresses.js';
import { CrashSymbols } from '../../src/symbols/crash-symbols.js';

const SHA = 'a'.repeat(64);
const dir = mkdtempSync(join(tmpdir(), 'greenrack-symbols-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const built = (file: string) =>
  fileURLToPath(new URL(`../../../build/firmware/FVP_MPS2_M3/${file}`, import.meta.url));
const symbolsOf = (path: string | undefined, sizeBytes = 1000) =>
  new CrashSymbols({
    sizeOf: async () => sizeBytes,
    withFile: (_sha256, work) => (path === undefined ? Promise.resolve(undefined) : work(path)),
  });

/** Where a function of an image begins, from the toolchain's own list. */
function addressOf(path: string, name: string): number {
  const list = execFileSync('arm-none-eabi-nm', [path], { encoding: 'utf8' });
  const digits = new RegExp(`^([0-9a-f]{8}) [Tt] ${name}$`, 'm').exec(list)?.[1];
  if (digits === undefined) throw new Error(`${path} has no function ${name}`);
  return Number.parseInt(digits, 16);
}
const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');

describe('addresses in a crash report', () => {
  it('are those of PC, LR and Location, once each and without the mark of Thumb code', () => {
    const lines = ['R0  : CAFE0000', 'PC  : 00000413', 'LR  : 0000082D', 'PC  : 00000999'];
    expect(crashAddresses({ message: '', lines, location: '0x412' })).toEqual([
      { name: 'PC', address: 0x412, lookUp: 0x412 },
      { name: 'LR', address: 0x82c, lookUp: 0x82a },
      { name: 'Location', address: 0x412, lookUp: 0x412 },
    ]);
  });

  it('are left out where they are no places in code', () => {
    const lines = ['PC : 00000000', 'LR : FFFFFFF9', 'PC is somewhere'];
    expect(crashAddresses({ message: '', lines, location: 'main.c:12' })).toEqual([]);
  });
});

describe('a crash report', () => {
  it('says which function and line its addresses are', async () => {
    const path = built('crash.elf');
    const main = addressOf(path, 'main');
    const crash = { message: 'x', lines: [`PC  : ${hex(main)}`], location: `0x${hex(main)}` };
    const { symbols } = await symbolsOf(path).explain(crash, SHA);
    expect(symbols).toHaveLength(2);
    expect(symbols?.[0]).toMatch(/^PC 0x[0-9a-f]{8}: main at .*\.c(pp)?:\d+$/);
    expect(symbols?.[1]).toMatch(/^Location 0x[0-9a-f]{8}: main at /);
  });

  it('says how far into a function its addresses are when the image names no lines', async () => {
    const path = join(dir, 'stripped.elf');
    execFileSync('arm-none-eabi-strip', ['-g', '-o', path, built('crash.elf')]);
    const main = addressOf(path, 'main');
    const crash = { message: 'x', lines: [`PC  : ${hex(main + 6)}`] };
    const { symbols } = await symbolsOf(path).explain(crash, SHA);
    expect(symbols).toEqual([`PC 0x${hex(main + 6).toLowerCase()}: main+0x6`]);
  });

  it('is read by a tool that may take so much memory and processor time, and no more', async () => {
    const tool = '#!/bin/sh\necho "$(ulimit -v) kB, $(ulimit -t) s"\necho main.c:1\n';
    writeFileSync(join(dir, 'arm-none-eabi-addr2line'), tool, { mode: 0o755 });
    const { PATH } = process.env;
    process.env.PATH = `${dir}:${PATH}`;
    try {
      const crash = { message: 'x', lines: ['PC  : 00000412'] };
      const { symbols } = await symbolsOf(built('crash.elf')).explain(crash, SHA);
      expect(symbols?.[0]).toMatch(/: 1048576 kB, 10 s at main\.c:1$/);
    } finally {
      process.env.PATH = PATH;
    }
  });

  it('says that an address is in no code of the image', async () => {
    const path = built('crash.elf');
    const lines = [`PC  : ${hex(addressOf(path, 'main'))}`, 'LR  : 70000000'];
    const { symbols } = await symbolsOf(path).explain({ message: 'x', lines }, SHA);
    expect(symbols?.[1]).toBe('LR 0x70000000: not in the image');
  });

  it('says why addresses stay bare when the image is no ELF file', async () => {
    const crash = { message: 'x', lines: ['PC  : 00000412'] };
    const { symbols } = await symbolsOf(built('crash.bin')).explain(crash, SHA);
    expect(symbols).toEqual(['addresses stay bare: the image is no ELF file with symbols']);
  });

  it('of what a card holds is shown without fetching gigabytes', async () => {
    const crash = { message: 'x', lines: ['PC  : 00000412'] };
    const never = symbolsOf('/nowhere', 4 * 1024 ** 3);
    expect((await never.explain(crash, SHA)).symbols).toEqual([
      'addresses stay bare: the image is no ELF file with symbols',
    ]);
  });

  it('is shown without its symbols when these take long', async () => {
    const stuck = new CrashSymbols(
      { sizeOf: async () => 1000, withFile: () => new Promise(() => undefined) },
      1,
    );
    const crash = { message: 'x', lines: ['PC  : 00000412'] };
    const { symbols } = await stuck.explain(crash, SHA);
    expect(symbols).toEqual(['addresses are still being looked up: ask again in a moment']);
  });

  it('never carries symbols that an agent claims', async () => {
    const crash = { message: 'x', lines: [], symbols: ['PC 0x0: nobody'] };
    expect(await symbolsOf(undefined).explain(crash, SHA)).toEqual({ message: 'x', lines: [] });
  });
});
