import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { StateLock } from '../../src/state-lock.js';

it('gives a state directory to one controller at a time', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gr-lock-'));
  const first = await StateLock.take(dir);
  await expect(StateLock.take(dir)).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringContaining(dir),
  });
  await first.release();
  const second = await StateLock.take(dir);
  await second.release();
  await rm(dir, { recursive: true });
});
