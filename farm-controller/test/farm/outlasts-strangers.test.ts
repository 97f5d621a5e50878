import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { newId } from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newTokenSecret } from '../../src/auth/token-secret.js';
import { FakeAgent, granted } from '../support/fake-agent.js';
import { RawHttp } from '../web/support/raw-http.js';
import { RawSocket } from '../web/support/raw-socket.js';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const DESCRIPTORS = 300;
const admin = newTokenSecret();
const agent = newTokenSecret();
let dir: string;
let child: ChildProcess;
let url: string;
let port: number;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gr-strangers-'));
  const file = join(dir, 'tokens.json');
  const tokens = [
    { name: 'admin', role: 'admin', tenant: 'default', secret: admin },
    { name: 'virtual-1', role: 'agent', tenant: 'default', secret: agent },
  ];
  await writeFile(file, JSON.stringify(tokens), { mode: 0o600 });
  const script = `ulimit -n ${DESCRIPTORS}; exec "$0" --import tsx "${MAIN}"`;
  const env = {
    ...process.env,
    GREENRACK_STATE_DIR: join(dir, 'state'),
    GREENRACK_HTTP_PORT: '0',
    GREENRACK_BOOTSTRAP_TOKENS_FILE: file,
    GREENRACK_LOG_LEVEL: 'warn',
  };
  const started = spawn('sh', ['-c', script, process.execPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  child = started;
  const [line] = await once(createInterface({ input: started.stdout }), 'line');
  ({ url } = JSON.parse(line));
  port = Number(new URL(url).port);
}, 60_000);
afterAll(async () => {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
  await rm(dir, { recursive: true, force: true });
});

const whoami = () =>
  fetch(`${url}/api/v1/whoami`, { headers: { authorization: `Bearer ${admin}` } });

async function memoryMib(): Promise<number> {
  const text = await readFile(`/proc/${child.pid}/status`, 'latin1');
  return Number(text.match(/^VmRSS:\s+(\d+)/m)?.[1]) / 1024;
}

describe('a controller that may open 300 files', () => {
  it('serves its admin and its agents while 400 silent sockets lie in front of it', async () => {
    const silent = await Promise.all(Array.from({ length: 400 }, () => RawHttp.open(port)));
    expect((await whoami()).status).toBe(200);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const fake = new FakeAgent(url, 'virtual-1', agent);
    await fake.join();
    for (const raw of silent) raw.socket.destroy();
    fake.disconnect();
  });

  it('takes from an agent what it takes from nobody before its token is known', async () => {
    const fake = new FakeAgent(url, 'virtual-1', agent);
    await fake.connect();
    const held = Array.from({ length: 500 }, () => ({
      ...{ attemptId: newId('att', 1), leaseId: newId('lea', 1), fence: 1 },
      ...{ boardSerial: 'virt-m3-01', state: 'ended' as const, lastSeq: 0, consoleBytes: 0 },
    }));
    expect(JSON.stringify(held).length).toBeGreaterThan(64 * 1024);
    expect(granted(await fake.hello(held)).attempts.length).toBe(held.length);
    fake.disconnect();
  });

  it('spends no memory on sockets that send large frames without a token', async () => {
    const before = await memoryMib();
    const piece = Buffer.alloc(7 * 1024 * 1024);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => RawSocket.open(port)));
    for (const socket of sockets) {
      socket.text('459-/live,["x"]');
      socket.binary(piece);
    }
    await Promise.all(sockets.map(({ raw }) => raw.closed));
    expect((await memoryMib()) - before).toBeLessThan(150);
    expect((await whoami()).status).toBe(200);
  });
});
