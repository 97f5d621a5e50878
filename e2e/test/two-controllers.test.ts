import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { startPostgres } from '../../farm-controller/test/support/postgres.js';
import { imagePath } from '../src/images.js';
import { TestFarm } from '../src/test-farm.js';

const TARGET = 'FVP_MPS2_M3';

describe('two controllers on one PostgreSQL and one Redis', () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let redis: { process: ChildProcess; dir: string; url: string };
  let farm: TestFarm;

  beforeAll(async () => {
    postgres = await startPostgres();
    redis = await startRedis();
    farm = await TestFarm.start({
      controllers: 2,
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      controllerEnv: { GREENRACK_LEASE_TTL_MS: '5000' },
      racks: [
        { agent: 'lab-a', boards: { 'fvp-mps2-m3': 2 } },
        { agent: 'lab-b', boards: { 'fvp-mps2-m3': 2 } },
      ],
    });
  });
  afterAll(async () => {
    await farm?.stop();
    await stopRedis(redis?.process);
    if (redis) rmSync(redis.dir, { recursive: true, force: true });
    await postgres?.stop();
  });

  it('are well when they hear each other', async () => {
    for (const client of farm.clients) {
      const health = await client.request('GET', '/healthz');
      expect(await health.json()).toMatchObject({ components: { redis: true, peers: true } });
    }
  });

  it('share the boards without a double lease', async () => {
    const spec = {
      version: 1,
      name: 'shared',
      runs: [
        { image: 'smallest.elf', target: TARGET, repeat: 60 },
        { image: 'soak.elf', target: TARGET, repeat: 4 },
      ],
    };
    const images = [imagePath(TARGET, 'smallest'), imagePath(TARGET, 'soak')];
    const created = await Promise.all(farm.clients.map((client) => client.submit(spec, images)));
    // Each submission is watched through the other controller.
    const views = await Promise.all(
      created.map((c, i) =>
        (farm.clients[1 - i] ?? farm.client).finished(c.submission.id, 170_000),
      ),
    );
    expect(views.map((view) => view.verdicts)).toEqual([{ pass: 64 }, { pass: 64 }]);
    const runs = (await Promise.all(created.map((c) => farm.client.runs(c.submission.id)))).flat();
    expect(new Set(runs.map((run) => run.boardSerial)).size).toBe(4);
    expect(runs.every((run) => run.attempts === 1)).toBe(true);
    expect(await overlappingLeases(postgres.url)).toEqual([]);
  });

  it('miss the boards of an agent that dies together with its controller', async () => {
    const [, second] = farm.controllers;
    const served = (await farm.client.boards()).filter(({ agent }) => agent === 'lab-b');
    const misses = served.map(({ serial }) => farm.client.boardBecomes(serial, 'offline'));
    await Promise.all([second?.kill('SIGKILL'), farm.agent('lab-b').kill('SIGKILL')]);
    expect((await Promise.all(misses)).map(({ cause }) => cause)).toEqual([
      ...['agent lab-b is gone with its controller', 'agent lab-b is gone with its controller'],
    ]);
    const boards = await farm.client.boards();
    expect(boards.map(({ agent, availability }) => [agent, availability])).toEqual([
      ...[
        ['lab-a', 'idle'],
        ['lab-a', 'idle'],
      ],
      ...[
        ['lab-b', 'offline'],
        ['lab-b', 'offline'],
      ],
    ]);
  });
});

/** Pairs of leases of one board that were active at the same time, by the database's own record. */
async function overlappingLeases(url: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query(`
      select a.id as one, b.id as other, a.board_serial
      from leases a join leases b on a.board_serial = b.board_serial and a.fence < b.fence
      where a.ended_ms is null or a.ended_ms > b.granted_ms`);
    return result.rows;
  } finally {
    await client.end();
  }
}

/** Its folder can be removed only when it writes no more. */
async function stopRedis(server: ChildProcess | undefined): Promise<void> {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGKILL');
  await gone;
}

async function startRedis(): Promise<{ process: ChildProcess; dir: string; url: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'greenrack-redis-'));
  const path = join(dir, 'redis.sock');
  // A killed test must not leave a server behind.
  const args = [
    '--pdeathsig',
    'KILL',
    'redis-server',
    '--port',
    '0',
    '--unixsocket',
    path,
    '--dir',
    dir,
    '--save',
    '',
    '--daemonize',
    'no',
  ];
  const child = spawn('setpriv', args, { stdio: 'ignore' });
  const client = new Redis({ path, retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  // Not `once`: it would take the first refused connection for a failure.
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error('redis-server was not ready within 60 s')),
      60_000,
    );
    client.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  client.disconnect();
  return { process: child, dir, url: `unix://${path}` };
}
