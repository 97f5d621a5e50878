import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
let dir: string;
const running = new Set<ChildProcess>();
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gr-process-'));
});
afterEach(async () => {
  for (const child of running) {
    const ended = once(child, 'exit');
    if (child.kill('SIGKILL')) await ended;
  }
  running.clear();
  await rm(dir, { recursive: true, force: true });
});

function start(env: Record<string, string> = {}) {
  const own = { GREENRACK_STATE_DIR: join(dir, 'state'), GREENRACK_HTTP_PORT: '0' };
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...own, GREENRACK_LOG_LEVEL: 'warn', ...env },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function ready(child: ReturnType<typeof start>): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    const said: { ready: boolean; url: string } = JSON.parse(line);
    expect(said.ready).toBe(true);
    return said.url;
  }
  throw new Error(`never ready: ${await text(child.stderr)}`);
}

describe('the controller as a process', () => {
  it('says where it listens, is well, and ends cleanly on SIGTERM', async () => {
    const child = start();
    const url = await ready(child);
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.json()]).toEqual([
      200,
      { status: 'ok', components: { database: true, redis: true, storage: true } },
    ]);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await readdir(join(dir, 'state/redis'))).toEqual(['appendonlydir']);
  });

  it('refuses a state directory that another one uses, and starts there when that is killed', async () => {
    const first = start();
    await ready(first);
    const second = start();
    const said = text(second.stderr);
    expect(await once(second, 'exit')).toEqual([2, null]);
    expect(await said).toContain('is in use by another controller');
    const ended = once(first, 'exit');
    first.kill('SIGKILL');
    await ended;
    const third = start();
    expect(await ready(third)).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('says which setting to change when its port is taken', async () => {
    const { port } = new URL(await ready(start()));
    const second = start({
      GREENRACK_HTTP_PORT: port,
      GREENRACK_STATE_DIR: join(dir, 'other-state'),
    });
    const said = text(second.stderr);
    expect(await once(second, 'exit')).toEqual([2, null]);
    expect(await said).toMatch(
      /cannot listen on 127\.0\.0\.1:\d+ .*EADDRINUSE.*GREENRACK_HTTP_PORT/,
    );
  });

  it('names what is wrong with its settings', async () => {
    const file = join(dir, 'tokens.json');
    await writeFile(file, '[]', { mode: 0o644 });
    const child = start({ GREENRACK_BOOTSTRAP_TOKENS_FILE: file });
    const said = text(child.stderr);
    expect(await once(child, 'exit')).toEqual([2, null]);
    expect(await said).toContain(`chmod 600 ${file}`);
  });
});
