import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Assignment, BoardSpec } from '@greenrack/farm-protocol';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const M3 = { target: 'FVP_MPS2_M3', machine: 'mps2-an385', consoleUart: 0 } as const;
export const CM3DS = { target: 'ARM_CM3DS_MPS2', machine: 'mps2-an511', consoleUart: 1 } as const;

/** A virtual board's spec as an inventory would have it. */
export function boardSpec(
  serial: string,
  kind: typeof M3 | typeof CM3DS = M3,
  params: Record<string, unknown> = {},
): BoardSpec {
  const { target, machine, consoleUart } = kind;
  const wiring = { driver: 'qemu', params: { machine, consoleUart, ...params } };
  return { serial, target, model: 'test', tags: [], fixtures: [], wiring };
}

/** Path of a firmware image that `scripts/build-firmware.sh` builds. */
export function firmwarePath(target: string, file: string): string {
  const path = join(ROOT, 'build/firmware', target, file);
  if (!existsSync(path)) throw new Error(`${path} is missing: run scripts/build-firmware.sh`);
  return path;
}

let counter = 0;
const newId = (prefix: string): string => `${prefix}_${String(++counter).padStart(23, '0')}`;

/** An assignment of an image to a board. */
export function assignmentOf(
  board: BoardSpec,
  image: { bytes: Buffer; name: string },
  more: Partial<Assignment> = {},
): Assignment {
  const sha256 = createHash('sha256').update(image.bytes).digest('hex');
  const format = image.name.endsWith('.hex') ? 'hex' : image.name.endsWith('.bin') ? 'bin' : 'elf';
  return {
    attemptId: newId('att'),
    runId: newId('run'),
    runName: 'test run',
    attemptNumber: 1,
    leaseId: newId('lea'),
    fence: 1,
    leaseTtlMs: 30_000,
    board,
    image: { sha256, sizeBytes: image.bytes.length, name: image.name, format },
    timeoutMs: 20_000,
    maxConsoleBytes: 64 * 1024 * 1024,
    ...more,
  };
}

export function firmware(board: BoardSpec, file: string): { bytes: Buffer; name: string } {
  return { bytes: readFileSync(firmwarePath(board.target, file)), name: file };
}
