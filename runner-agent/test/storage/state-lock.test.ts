import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { StateLock } from '../../src/storage/state-lock.js';

it('gives a state directory to one holder at a time and leaves no file in it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'greenrack-lock-'));
  try {
    const first = await StateLock.take(dir);
    await expect(StateLock.take(dir)).rejects.toThrow(/another agent/);
    expect(readdirSync(dir)).toEqual([]);
    await first.release();
    await (await StateLock.take(dir)).release();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
