import { FarmError } from '@greenrack/farm-protocol';
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { keepPulse } from './redis-pulse.js';

/** Where Redis listens. */
export type RedisAddress = { readonly url: string } | { readonly socketPath: string };

const OPTIONS: RedisOptions = {
  lazyConnect: true,
  // A command that cannot be sent now fails now: the caller holds a board and must let go of it.
  enableOfflineQueue: false,
  // A take whose answer was lost has perhaps happened; sending it again would take a second run.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (times) => Math.min(25 * 2 ** Math.min(times, 7), 2000),
};

/**
 * Opens a connection that comes back by itself; resolves when it is usable.
 * @throws FarmError `unavailable` when Redis does not answer within `deadlineMs`
 */
export async function connectRedis(
  address: RedisAddress,
  log: Logger,
  deadlineMs = 10_000,
): Promise<Redis> {
  const redis = 'url' in address ? overUrl(address.url) : overSocket(address.socketPath);
  // Every lane's queue listens on the shared connection.
  redis.setMaxListeners(0);
  redis.on('error', (error: Error) => log.warn({ err: error }, 'redis connection'));
  try {
    await ready(redis, deadlineMs);
    keepPulse(redis, log);
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

function overUrl(url: string): Redis {
  return url.startsWith('unix://')
    ? overSocket(url.slice('unix://'.length))
    : new Redis(url, OPTIONS);
}

function overSocket(path: string): Redis {
  return new Redis({ ...OPTIONS, path });
}

function ready(redis: Redis, deadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    const timer = setTimeout(() => {
      const message = `Redis did not answer within ${deadlineMs} ms; check REDIS_URL and that Redis runs`;
      reject(new FarmError('unavailable', message, { cause: last }));
    }, deadlineMs);
    redis.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
    // A failed first try is retried like any later one; the deadline decides.
    redis.connect().catch((error: unknown) => {
      last = error;
    });
  });
}
