import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const MODEL = `name: bench-k64f
target: K64F
title: A board
driver: qemu
params:
  machine: some
  power: { port: 1, delayMs: 5 }
memory:
  - name: flash
    address: 0
    sizeBytes: 1024
imageFormats: [elf]
`;
export const RACK = `agent: pi-1
boards:
  - serial: "0240000012345"
    model: bench-k64f
`;

/** Writes files below a fresh inventory folder, hands it to `use`, and removes it. */
export function withInventory<T>(files: Record<string, string>, use: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'greenrack-inventory-'));
  try {
    for (const folder of ['models', 'racks']) mkdirSync(join(dir, folder));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    return use(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** An inventory of {@link MODEL} and {@link RACK}, with some files replaced or added. */
export const withBench = <T>(files: Record<string, string>, use: (dir: string) => T): T =>
  withInventory({ 'models/bench-k64f.yaml': MODEL, 'racks/bench.yaml': RACK, ...files }, use);
