import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const news = { console: { attemptId: `att_${'0'.repeat(23)}`, size: 7, done: false } };

describe('the news of one controller', () => {
  it('reach every listener, even when another one throws', () => {
    const feed = new PeerNewsFeed(NO_PEERS, quietLog);
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
    const feed = new PeerNewsFeed(NO_PEERS, quietLog);
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
    const [publisher, subscriber] = [await connect(), await connect()];
    const bus = await RedisPeerBus.open({ id, publisher, subscriber, log: quietLog });
    const heard: FarmNews[] = [];
    const feed = new PeerNewsFeed(bus, quietLog);
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
      await stranger.publish('greenrack:peers', text);
    await stranger.publish(
      'greenrack:peers',
      JSON.stringify({ from: 'x', topic: 'news', message: news }),
    );
    await two.hears(1);
    expect(two.heard).toEqual([news]);
  });
});
