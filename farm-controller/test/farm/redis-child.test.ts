import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectRedis } from '../../src/queue/redis-connection.js';
import { RedisChild } from '../../src/redis-child.js';
import { quietLog } from '../support/stage-farm.js';

let dir: string;
let child: RedisChild | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gr-redis-'));
});
afterEach(async () => {
  await child?.stop();
  child = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function ping(): Promise<string> {
  const redis = await connectRedis({ socketPath: child?.socketPath ?? '' }, quietLog);
  const answer = await redis.ping();
  redis.disconnect();
  return answer;
}

describe('RedisChild', () => {
  it('answers on its socket, keeps its files in its directory, and leaves no socket behind', async () => {
    child = await RedisChild.start({ dataDir: join(dir, 'redis'), log: quietLog });
    expect(await ping()).toBe('PONG');
    const { pid, socketPath } = child;
    await child.stop();
    expect(existsSync(socketPath)).toBe(false);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(readdirSync(join(dir, 'redis'))).toEqual(['appendonlydir']);
  });

  it('uses a short directory for the socket when the path is too long for one', async () => {
    const deep = join(dir, 'x'.repeat(120), 'redis');
    child = await RedisChild.start({ dataDir: deep, log: quietLog });
    expect(await ping()).toBe('PONG');
    const socketDir = dirname(child.socketPath);
    expect(Buffer.byteLength(child.socketPath)).toBeLessThanOrEqual(107);
    await child.stop();
    expect(existsSync(socketDir)).toBe(false);
  });

  it('comes back after it was killed', async () => {
    child = await RedisChild.start({ dataDir: dir, log: quietLog });
    const redis = await connectRedis({ socketPath: child.socketPath }, quietLog);
    const back = new Promise<void>((resolve) => redis.once('ready', () => resolve()));
    process.kill(child.pid ?? 0, 'SIGKILL');
    await back;
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
  });

  it('throws away data that Redis cannot load', async () => {
    const aof = join(dir, 'appendonlydir');
    await mkdir(aof);
    await writeFile(join(aof, 'appendonly.aof.manifest'), 'this is no manifest\n');
    child = await RedisChild.start({ dataDir: dir, log: quietLog });
    expect(await ping()).toBe('PONG');
  });

  it('says what to install when redis-server is missing', async () => {
    const bin = join(dir, 'bin');
    await mkdir(bin);
    const setpriv = execFileSync('which', ['setpriv'], { encoding: 'utf8' }).trim();
    await symlink(setpriv, join(bin, 'setpriv'));
    const owner = startElsewhere({ PATH: bin });
    const said = await text(owner.stdout);
    expect(said).toContain('invalid_configuration');
    expect(said).toContain('apt-get install redis-server');
  });

  it('dies with the process that started it, even when that is killed', async () => {
    const owner = startElsewhere({});
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const gone = exitOf(pid);
    owner.kill('SIGKILL');
    await gone;
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});

const SCRIPT = `
  const { RedisChild } = await import(process.argv[1]);
  const log = { info() {}, warn() {}, error() {} };
  try {
    const child = await RedisChild.start({ dataDir: process.argv[2], log });
    console.log(child.pid);
    setInterval(() => {}, 1000);
  } catch (error) {
    console.log(error.code, error.message);
  }`;

/** Another process that starts a child in `dir` and prints its id, or what went wrong. */
function startElsewhere(env: Record<string, string>) {
  const source = join(import.meta.dirname, '../../src/redis-child.ts');
  const args = ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, source, join(dir, 'redis')];
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  return spawn(process.execPath, args, { stdio, env: { ...process.env, ...env } });
}

/** Resolves when the process is gone; `tail --pid` waits for one that is not our child. */
async function exitOf(pid: number): Promise<void> {
  await once(spawn('tail', [`--pid=${pid}`, '-f', '/dev/null'], { stdio: 'ignore' }), 'exit');
}
