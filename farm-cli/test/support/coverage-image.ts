import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TARGET = 'FVP_MPS2_M3';
const RUN_MS = 60_000;

/** Where the .gcno files of the image lie. */
export const NOTES = join(ROOT, 'build/firmware/CMakeFiles', `${TARGET}.coverage.dir`);

/** Runs the instrumented image on QEMU. Resolves with the .gcda files that it printed, by their paths. */
export async function runCoverageImage(): Promise<Map<string, Buffer>> {
  const image = join(ROOT, 'build/firmware', TARGET, 'coverage.elf');
  if (!existsSync(image))
    throw new Error(`${image} is missing: run "npm run build:firmware" first`);
  const board = '-M mps2-an385 -nodefaults -nic none -display none -serial stdio -kernel'.split(
    ' ',
  );
  const qemu = spawn('qemu-system-arm', [...board, image], { timeout: RUN_MS });
  qemu.stdin.write(`${'mbed'.repeat(10)}{{__sync;0}}\n`);
  let console = '';
  for await (const piece of qemu.stdout) {
    console += String(piece);
    if (console.includes('{{__exit;')) qemu.kill('SIGKILL');
  }
  return new Map([...console.matchAll(/\{\{__coverage_start;([^;]+);([^}]*)\}\}/g)].map(dumpOf));
}

const dumpOf = ([, path = '', digits = '']: RegExpMatchArray): [string, Buffer] => [
  path.replace(/^\.\//, ''),
  Buffer.from(digits.replaceAll('.', '00'), 'hex'),
];

/** The archive that the farm makes of such files, packed by another hand than ours. */
export function tarOf(files: Iterable<readonly [string, string | Buffer]>): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'greenrack-tar-'));
  try {
    const names: string[] = [];
    for (const [name, data] of files) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), data);
      names.push(name);
    }
    const list = names.length > 0 ? names : ['-T', '/dev/null'];
    return execFileSync(
      'tar',
      ['--format=pax', '--pax-option=delete=[acm]time', '-cf', '-', ...list],
      { cwd: dir },
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}
