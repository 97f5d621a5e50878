import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Band, newId } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { NO_PEERS, type PeerBus } from '../../src/peers/peer-bus.js';
import { RedisPeerBus } from '../../src/peers/redis-peer-bus.js';
import { BullJobQueue } from '../../src/queue/bull-job-queue.js';
import { connectRedis } from '../../src/queue/redis-connection.js';
import { RedisChild } from '../../src/redis-child.js';
import type { QueuedRun } from '../../src/store/ports.js';
import { ManualClock } from '../support/manual-clock.js';
import { need } from '../support/plain-farm.js';
import { quietLog } from '../support/stage-farm.js';

let dir: string;
let child: RedisChild;
let connections: Redis[];
let queues: BullJobQueue[];
let clock: ManualClock;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gr-queue-'));
  child = await RedisChild.start({ dataDir: dir, log: quietLog });
  connections = [];
  queues = [];
  clock = new ManualClock();
});
afterEach(async () => {
  for (const queue of queues) await queue.close();
  for (const redis of connections) redis.disconnect();
  await child.stop();
  await rm(dir, { recursive: true, force: true });
});

async function connect(): Promise<Redis> {
  const redis = await connectRedis({ socketPath: child.socketPath }, quietLog);
  connections.push(redis);
  return redis;
}

async function openQueue(peersOf: (redis: Redis) => Promise<PeerBus> = async () => NO_PEERS) {
  const redis = await connect();
  const peers = await peersOf(redis);
  let lost = 0;
  const onLost = () => lost++;
  const queue = new BullJobQueue({ redis, peers, clock, log: quietLog, onLost });
  queues.push(queue);
  return { queue, lost: () => lost };
}

async function peers(id: string): Promise<(redis: Redis) => Promise<PeerBus>> {
  const subscriber = await connect();
  return (publisher) =>
    RedisPeerBus.open({ id, channel: 'test', publisher, subscriber, log: quietLog });
}

let count = 0;
function run(more: { band?: Band; tenant?: string } = {}): QueuedRun {
  const { band = 'normal', tenant = 'default' } = more;
  const lane = { requirementClass: 'K64F', band, tenant };
  return { runId: newId('run', 1), lane, requirement: need(), createdMs: 1000 + count++ };
}

async function takeAll(queue: BullJobQueue): Promise<(string | undefined)[]> {
  const key = queue.lanes()[0]?.key ?? '';
  const taken: (string | undefined)[] = [];
  for (;;) {
    const id = await queue.take(key);
    if (id === undefined) return taken;
    taken.push(id);
    queue.done(key, id);
  }
}

describe('BullJobQueue', () => {
  it('hands out the runs of a lane in the order in which they came', async () => {
    const { queue } = await openQueue();
    const runs = [run(), run(), run()];
    await queue.add(runs);
    expect(await takeAll(queue)).toEqual(runs.map(({ runId }) => runId));
    expect(queue.lanes()).toEqual([]);
  });

  it('shows each lane with its count and its oldest run', async () => {
    const { queue } = await openQueue();
    const runs = [run(), run({ band: 'high' }), run()];
    await queue.add(runs);
    const lanes = queue
      .lanes()
      .map(({ lane, waiting, oldestMs }) => [lane.band, waiting, oldestMs]);
    expect(lanes).toEqual([
      ['normal', 2, runs[0]?.createdMs],
      ['high', 1, runs[1]?.createdMs],
    ]);
  });

  it('does not count runs that are being taken', async () => {
    const { queue } = await openQueue();
    await queue.add([run(), run()]);
    const taking = queue.take(queue.lanes()[0]?.key ?? '');
    expect(queue.lanes()[0]?.waiting).toBe(1);
    await taking;
  });

  it('adds a run once, however often it is added', async () => {
    const { queue } = await openQueue();
    const one = run();
    await queue.add([one, one]);
    await queue.add([one]);
    expect(await takeAll(queue)).toEqual([one.runId]);
  });

  it('can hold a run again after it was done', async () => {
    const { queue } = await openQueue();
    const [one, two] = [run(), run()];
    await queue.add([one, two]);
    const key = queue.lanes()[0]?.key ?? '';
    expect(await queue.take(key)).toBe(one.runId);
    queue.done(key, one.runId);
    await queue.add([one], 'front');
    expect(await takeAll(queue)).toEqual([one.runId, two.runId]);
  });

  it('makes a run that is put back the next one', async () => {
    const { queue } = await openQueue();
    const [one, two] = [run(), run()];
    await queue.add([one, two]);
    const key = queue.lanes()[0]?.key ?? '';
    await queue.take(key);
    const back = new Promise<void>((resolve) => queue.onWork(resolve));
    queue.putBack(key, one.runId);
    await back;
    expect(await takeAll(queue)).toEqual([one.runId, two.runId]);
  });

  it('reports work that it could not put into Redis, and refuses to take', async () => {
    const { queue, lost } = await openQueue();
    await queue.add([run()]);
    const key = queue.lanes()[0]?.key ?? '';
    connections[0]?.disconnect();
    await queue.add([run()]);
    expect(lost()).toBe(1);
    await expect(queue.take(key)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('opens no connection per lane', async () => {
    const { queue } = await openQueue();
    await queue.add(Array.from({ length: 20 }, (_, i) => run({ tenant: `tenant-${i}` })));
    for (const { key } of queue.lanes()) await queue.take(key);
    const clients = await connections[0]?.client('LIST');
    expect(String(clients).trim().split('\n')).toHaveLength(1);
  });
});

describe('two controllers on one Redis', () => {
  it('tell each other of work, and never take the same run', async () => {
    const one = await openQueue(await peers('one'));
    const two = await openQueue(await peers('two'));
    const heard = new Promise<void>((resolve) => two.queue.onWork(resolve));
    const runs = Array.from({ length: 100 }, () => run());
    await one.queue.add(runs);
    await heard;
    const taken = await Promise.all([takeAll(one.queue), takeAll(two.queue)]);
    expect(taken.flat().sort()).toEqual(runs.map(({ runId }) => runId).sort());
  });

  it('find the run that a dead one had taken', async () => {
    const dead = await openQueue();
    const alive = await openQueue();
    const [one] = [run()];
    if (!one) throw new Error('no run');
    await dead.queue.add([one]);
    await alive.queue.add([one]);
    const key = dead.queue.lanes()[0]?.key ?? '';
    expect(await dead.queue.take(key)).toBe(one.runId);
    expect(await alive.queue.take(key)).toBeUndefined();
    await dead.queue.close();
    await forgetLocks();
    const found = new Promise<void>((resolve) => alive.queue.onWork(resolve));
    const sweeps = await watchSweeps(key);
    for (let i = 0; i < 2; i++) {
      await forgetSweep();
      const swept = sweeps.next();
      clock.advance(5_000);
      await swept;
    }
    sweeps.stop();
    await found;
    expect(await takeAll(alive.queue)).toEqual([one.runId]);
  });

  /** What five seconds do in Redis. */
  async function forgetLocks(): Promise<void> {
    const keys = (await connections[0]?.keys('*:lock')) ?? [];
    if (keys.length === 0) throw new Error('no lock to expire');
    await connections[0]?.del(...keys);
  }
  async function forgetSweep(): Promise<void> {
    const keys = (await connections[0]?.keys('*:stalled-check')) ?? [];
    if (keys.length > 0) await connections[0]?.del(...keys);
  }
  /** Sees in Redis when a sweep of that lane has come to its end: it counts what is still active. */
  async function watchSweeps(key: string) {
    const monitor = await connections[0]?.monitor();
    let swept = () => {};
    monitor?.on('monitor', (_time: string, args: string[]) => {
      if (args[0]?.toLowerCase() === 'llen' && args[1]?.includes(key)) swept();
    });
    return {
      next: () =>
        new Promise<void>((resolve) => {
          swept = resolve;
        }),
      stop: () => monitor?.disconnect(),
    };
  }
});
