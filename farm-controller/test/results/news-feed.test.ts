import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardView } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { NO_PEERS } from '../../src/peers/peer-bus.js';
import { RedisPeerBus } from '../../src/peers/redis-peer-bus.js';
import { connectRedis } from '../../src/queue/redis-connection.js';
import { RedisChild } from '../../src/redis-child.js';
import { PeerNewsFeed } from '../../src/results/news-feed.js';
import type { FarmNews } from '../../src/store/ports.js';
import { quietLog } from '../support/stage-farm.js';
import { until } from '../support/until.js';

const nobody = { orders: NO_PEERS, bulk: NO_PEERS };
const aBoard: BoardView = {
  ...{ serial: 'B1', target: 'K64F', model: 'k64f', agent: 'rack-1', tags: [], fixtures: [] },
  ...{ driver: 'qemu', availability: 'idle', health: 'good', cause: '', actor: 'x' },
  ...{ sinceMs: 1, current: null, runsFinished: 0 },
};
const attemptId = `att_${'0'.repeat(23)}`;
const news = { console: { attemptId, size: 7, done: false } };

describe('the news of one controller', () => {
  it('reach every listener, even when another one throws', () => {
    const feed = new PeerNewsFeed(nobody, quietLog);
    const heard: FarmNews[] = [];
    feed.subscribe(() => {
      throw new Error('broken listener');
    });
    const stop = feed.subscribe((n) => heard.push(n));
    feed.publish(news);
    stop();
    feed.publish(news);
    expect(heard).toEqual([news]);
  });

  it('say nothing when nothing has changed', () => {
    const feed = new PeerNewsFeed(nobody, quietLog);
    const heard: FarmNews[] = [];
    feed.subscribe((n) => heard.push(n));
    feed.publish({ change: { submissions: [], runs: [], boards: [] } });
    feed.publish({});
    expect(heard).toEqual([]);
  });
});

describe('the news of several controllers', () => {
  let dir: string;
  let child: RedisChild;
  const connections: Redis[] = [];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'gr-news-'));
    child = await RedisChild.start({ dataDir: dir, log: quietLog });
  });
  afterEach(async () => {
    for (const redis of connections.splice(0)) redis.disconnect();
    await child.stop();
    await rm(dir, { recursive: true });
  });

  async function connect(): Promise<Redis> {
    const redis = await connectRedis({ socketPath: child.socketPath }, quietLog);
    connections.push(redis);
    return redis;
  }

  async function feedOf(id: string) {
    const publisher = await connect();
    const busOn = async (channel: string) => {
      const subscriber = await connect();
      return RedisPeerBus.open({ id, channel, publisher, subscriber, log: quietLog });
    };
    const buses = { orders: await busOn('greenrack:peers'), bulk: await busOn('greenrack:bulk') };
    const heard: FarmNews[] = [];
    const feed = new PeerNewsFeed(buses, quietLog);
    const looks = new Set<() => void>();
    feed.subscribe((n) => {
      heard.push(n);
      for (const look of looks) look();
    });
    const hears = (count: number) =>
      until(
        `${count} news at ${id}`,
        () => heard.length >= count,
        (look) => {
          looks.add(look);
          return () => looks.delete(look);
        },
      );
    return { feed, heard, hears };
  }

  it('reach the others once, and oneself once', async () => {
    const [one, two] = [await feedOf('one'), await feedOf('two')];
    one.feed.publish(news);
    await two.hears(1);
    two.feed.publish(news);
    // Redis keeps the order: had one heard itself, that would have come before.
    await one.hears(2);
    expect([one.heard, two.heard]).toEqual([
      [news, news],
      [news, news],
    ]);
  });

  it('drop what is not news', async () => {
    const two = await feedOf('two');
    const stranger = await connect();
    for (const text of ['no json', '{}', '{"from":"x","topic":"news","message":{"console":5}}'])
      for (const channel of ['greenrack:peers', 'greenrack:bulk'])
        await stranger.publish(channel, text);
    await stranger.publish(
      'greenrack:bulk',
      JSON.stringify({ from: 'x', topic: 'news', message: news }),
    );
    await two.hears(1);
    expect(two.heard).toEqual([news]);
  });

  it('are known to have been missed when a subscription was cut', async () => {
    const [one, two] = [await feedOf('one'), await feedOf('two')];
    const [killer] = connections;
    if (!killer) throw new Error('no connection');
    await killer.call('client', 'kill', 'type', 'pubsub');
    await Promise.all([one.hears(2), two.hears(2)]);
    const missed = [{ missed: true }, { missed: true }];
    expect([one.heard, two.heard]).toEqual([missed, missed]);
  });

  it('keep what only watchers want off the channel of the orders', async () => {
    const [one, two] = [await feedOf('one'), await feedOf('two')];
    const listener = await connect();
    const orders: unknown[] = [];
    listener.on('message', (_channel, text) => orders.push(JSON.parse(text).message));
    await listener.subscribe('greenrack:peers');
    const change = { submissions: [], runs: [], boards: [aBoard] };
    const attemptEvents = { runId: `run_${'0'.repeat(23)}`, attemptId, events: [] };
    one.feed.publish({ ...news, attemptEvents, change });
    await two.hears(2);
    one.feed.publish({ change });
    await two.hears(3);
    // Its answer comes after what Redis had for this connection before.
    await listener.ping();
    expect(orders).toEqual([{ change }, { change }]);
    expect(two.heard).toEqual(
      expect.arrayContaining([{ change }, { ...news, attemptEvents }, { change }]),
    );
  });
});
