import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { keepPulse } from '../../src/queue/redis-pulse.js';
import { RedisChild } from '../../src/redis-child.js';

jest.setTimeout(60_000);
const log = pino({ level: 'silent' });
const QUICK = { everyMs: 20, deadlineMs: 200 };

/** A way to Redis that can go dead: it takes what comes, passes nothing on, and closes nothing. */
class Way {
  readonly #server: Server;
  readonly #ends: Socket[] = [];

  constructor(socketPath: string) {
    this.#server = createServer((near) => {
      const far = connect(socketPath);
      near.pipe(far).pipe(near);
      for (const end of [near, far]) end.on('error', () => end.destroy());
      this.#ends.push(near, far);
    });
  }

  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Those that are open now; later ones pass. */
  goDead(): void {
    for (const end of this.#ends.splice(0)) {
      end.unpipe();
      end.resume();
    }
  }

  close(): void {
    for (const end of this.#ends) end.destroy();
    this.#server.close();
  }
}

let dir: string;
let child: RedisChild;
let way: Way;
let redis: Redis;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'greenrack-pulse-'));
  child = await RedisChild.start({ dataDir: dir, log });
  way = new Way(child.socketPath);
  redis = new Redis({ host: '127.0.0.1', port: await way.open(), retryStrategy: () => 20 });
  redis.on('error', () => undefined);
  await once(redis, 'ready');
  keepPulse(redis, log, QUICK);
});
afterEach(async () => {
  redis.disconnect();
  way.close();
  await child.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('a connection to Redis whose other end is silently gone', () => {
  it('is opened again, and works', async () => {
    const back = once(redis, 'ready');
    way.goDead();
    await back;
    expect(await redis.ping()).toBe('PONG');
  });

  it('is opened again when it only listens', async () => {
    await redis.subscribe('news');
    const back = once(redis, 'ready');
    way.goDead();
    await back;
    const heard = once(redis, 'message');
    await redis.subscribe('news');
    const other = new Redis({ path: child.socketPath });
    await other.publish('news', 'hello');
    expect(await heard).toEqual(['news', 'hello']);
    other.disconnect();
  });
});

describe('a connection to Redis that is well', () => {
  it('stays the same for many beats, also while it only listens', async () => {
    let lost = 0;
    redis.on('close', () => lost++);
    await redis.subscribe('news');
    const other = new Redis({ path: child.socketPath });
    for (let beats = 0; beats < 20; beats++) {
      const heard = once(redis, 'message');
      await other.publish('news', String(beats));
      await heard;
      await redis.ping();
    }
    expect(lost).toBe(0);
    other.disconnect();
  });
});
