import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { NO_PEERS } from '../../src/peers/peer-bus.js';
import { RedisPeerBus } from '../../src/peers/redis-peer-bus.js';
import { connectRedis } from '../../src/queue/redis-connection.js';
import { RedisChild } from '../../src/redis-child.js';
import { board, need, quietLog, StageFarm } from '../support/stage-farm.js';
import { policy } from '../support/store-fixtures.js';

const racks = { 'rack-1': [board('B1'), board('B2')] };
let dir: string;
let child: RedisChild;
let publisher: Redis;
let subscriber: Redis;
let farm: StageFarm;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gr-sub-'));
  child = await RedisChild.start({ dataDir: dir, log: quietLog });
  const connect = () => connectRedis({ socketPath: child.socketPath }, quietLog);
  [publisher, subscriber] = [await connect(), await connect()];
  const deps = { id: 'one', channel: 'greenrack:peers', publisher, subscriber, log: quietLog };
  const orders = await RedisPeerBus.open(deps);
  farm = await StageFarm.start({ racks, peers: { orders, bulk: NO_PEERS } });
});
afterEach(async () => {
  await farm.stop();
  for (const redis of [publisher, subscriber]) redis.disconnect();
  await child.stop();
  await rm(dir, { recursive: true });
});

/** Only the subscription: commands go on, so nothing else tells the controller. */
const cutSubscription = () => publisher.call('client', 'kill', 'type', 'pubsub');

describe('what other controllers did while the subscription was cut', () => {
  it('is found: a lane, a cancellation and a freed board', async () => {
    const agent = farm.agent('rack-1');
    await agent.join();
    await farm.submit([need({ board: 'B1' }), need({ board: 'B2' })]);
    const orders = await agent.orders(2);
    const on = (serial: string) => {
      const order = orders.find((one) => one.board.serial === serial);
      if (!order) throw new Error(`no order for ${serial}`);
      return order;
    };
    const [cancelled, freed] = [on('B1'), on('B2')];
    // As another controller would, whose messages are lost.
    await farm.store.runs.cancel(cancelled.runId, farm.clock.now());
    const why = { reason: 'agentLost', message: 'given up elsewhere' } as const;
    const once = { ...policy, run: () => ({ kind: 'finish', verdict: 'infra' }) as const };
    await farm.store.attempts.abandon(freed.attemptId, why, farm.clock.now(), once);
    const [next] = await farm.submit([need({ board: 'B2' })], { unqueued: true });
    await farm.settled();
    expect([agent.assigned.length, agent.cancelled]).toEqual([2, []]);
    expect(await cutSubscription()).toBe(1);
    const third = await agent.order(2);
    expect(third).toMatchObject({ runId: next?.id, board: { serial: 'B2' } });
    await agent.until('cancel', () => agent.cancelled.includes(cancelled.attemptId));
  });

  it('is heard again afterwards, as often as it is cut', async () => {
    const heard: unknown[] = [];
    const gaps: (() => void)[] = [];
    const deps = { id: 'two', channel: 'greenrack:test', publisher, subscriber, log: quietLog };
    const bus = await RedisPeerBus.open(deps);
    bus.onGap(() => gaps.shift()?.());
    subscriber.on('message', (channel, text) => {
      if (channel === 'greenrack:test') heard.push(JSON.parse(text));
    });
    for (let i = 1; i <= 3; i++) {
      const gap = new Promise<void>((resolve) => gaps.push(resolve));
      await cutSubscription();
      await gap;
      expect(await publisher.publish('greenrack:test', JSON.stringify(i))).toBe(1);
    }
    await subscriber.ping();
    expect(heard).toEqual([1, 2, 3]);
  });
});
