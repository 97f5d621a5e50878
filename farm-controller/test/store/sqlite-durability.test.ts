import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openStore } from '../../src/farm-store.js';

const WRITER = fileURLToPath(new URL('../support/sqlite-writer.ts', import.meta.url));
const ACKNOWLEDGED = 300;

describe('SQLite after kill -9', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-kill-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('has every event that was acknowledged, without a gap, and goes on', async () => {
    const { attemptId, acked } = await killedWriter(dir);
    const store = await openStore({ stateDir: dir });
    try {
      const { events, lastSeq } = await store.attempts.events(attemptId, 0, 1_000_000);
      expect(lastSeq).toBeGreaterThanOrEqual(acked);
      expect(events.map((event) => event.seq)).toEqual(
        Array.from({ length: lastSeq }, (_, i) => i + 1),
      );
      expect(await store.attempts.open(attemptId)).toMatchObject({ ackedSeq: lastSeq });
    } finally {
      await store.close();
    }
  });
});

/** Runs the writer, kills it in the middle of its work, and says what it had acknowledged. */
async function killedWriter(dir: string): Promise<{ attemptId: string; acked: number }> {
  const env = { ...process.env, NODE_OPTIONS: '--import tsx --no-warnings' };
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, [WRITER, dir], { env, stdio: [...stdio] });
  const exit = once(child, 'exit');
  if (!child.stdout) throw new Error('the writer has no output');
  let attemptId = '';
  let acked = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('attempt ')) attemptId = line.slice('attempt '.length);
    else acked = Number(line);
    if (acked === ACKNOWLEDGED) child.kill('SIGKILL');
  }
  expect(await exit).toEqual([null, 'SIGKILL']);
  return { attemptId, acked };
}
