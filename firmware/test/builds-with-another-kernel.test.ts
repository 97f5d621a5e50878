import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const FIRMWARE = join(import.meta.dirname, '..');
const BUILD_MS = 300_000;
const RUN_MS = 60_000;
const BOARD = '-M mps2-an385 -nodefaults -nic none -display none -serial stdio -kernel'.split(' ');

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-kernel-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A folder as somebody with another kernel would bring it: a copy of ours under another name. */
function otherKernel(): string {
  const folder = join(dir, 'other');
  cpSync(join(FIRMWARE, 'lib/rtos'), folder, { recursive: true });
  const kernel = join(folder, 'kernel.c');
  const source = readFileSync(kernel, 'utf8');
  writeFileSync(
    kernel,
    source.replace(/#define KERNEL_ID ".*"/, '#define KERNEL_ID "another 2.0"'),
  );
  const text = `file(GLOB sources \${CMAKE_CURRENT_SOURCE_DIR}/*.c)
add_library(greenrack_rtos STATIC \${sources})
target_include_directories(greenrack_rtos PUBLIC \${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(greenrack_rtos PRIVATE bsp_FVP_MPS2_M3)
`;
  writeFileSync(join(folder, 'CMakeLists.txt'), text);
  return folder;
}

async function consoleOf(image: string): Promise<string> {
  const qemu = spawn('qemu-system-arm', [...BOARD, image], { timeout: RUN_MS });
  qemu.stdin.write(`${'mbed'.repeat(10)}{{__sync;0}}\n`);
  let text = '';
  for await (const piece of qemu.stdout) {
    text += String(piece);
    if (text.includes('{{__exit;')) qemu.kill('SIGKILL');
  }
  return text;
}

describe('the benchmarks', () => {
  it(
    'are built unchanged against the kernel that GREENRACK_RTOS_DIR names',
    async () => {
      const build = join(dir, 'build');
      const options = ['-G', 'Ninja', `-DGREENRACK_RTOS_DIR=${otherKernel()}`];
      execFileSync('cmake', ['-S', FIRMWARE, '-B', build, ...options]);
      execFileSync('ninja', ['-C', build, 'FVP_MPS2_M3.rtos_kernel', 'FVP_MPS2_M3.rtos_timing']);
      const text = await consoleOf(join(build, 'FVP_MPS2_M3/rtos_kernel.elf'));
      expect(text).toContain('{{rtos_kernel;another 2.0}}');
      expect(text).toContain('{{end;success}}');
    },
    BUILD_MS,
  );
});
