import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { FarmConfig } from './config.js';
import { NO_PEERS, type PeerBuses } from './peers/peer-bus.js';
import { RedisPeerBus } from './peers/redis-peer-bus.js';
import { connectRedis, type RedisAddress } from './queue/redis-connection.js';
import { RedisChild } from './redis-child.js';
import type { UndoStack } from './undo-stack.js';
import type { Logger } from './web/logger.js';

/** Connects to the shared Redis and, over it, to the other controllers; or starts a private one for a controller alone. */
export async function openRedis(
  config: FarmConfig,
  undo: UndoStack,
  { id, log }: { id: string; log: Logger },
): Promise<{ redis: Redis; peers: PeerBuses; peerConnections: readonly Redis[] }> {
  const address = await redisAddress(config, undo, log);
  const redis = await connectRedis(address, log);
  undo.push('redis connection', () => redis.disconnect());
  if (config.redisUrl === undefined)
    return { redis, peerConnections: [], peers: { orders: NO_PEERS, bulk: NO_PEERS } };
  const connect = async (what: string) => {
    const connection = await connectRedis(address, log);
    undo.push(what, () => connection.disconnect());
    return connection;
  };
  const orders = { id, log, channel: 'greenrack:peers', publisher: redis };
  const bulk = { id, log, channel: 'greenrack:bulk', publisher: await connect('redis bulk') };
  const heard = [await connect('redis orders heard'), await connect('redis bulk heard')] as const;
  const peers = {
    orders: await RedisPeerBus.open({ ...orders, subscriber: heard[0] }),
    bulk: await RedisPeerBus.open({ ...bulk, subscriber: heard[1] }),
  };
  return { redis, peers, peerConnections: [...heard, bulk.publisher] };
}

async function redisAddress(
  { redisUrl, stateDir }: FarmConfig,
  undo: UndoStack,
  log: Logger,
): Promise<RedisAddress> {
  if (redisUrl !== undefined) return { url: redisUrl };
  const child = await RedisChild.start({ dataDir: join(stateDir, 'redis'), log });
  undo.push('redis-server', () => child.stop());
  return { socketPath: child.socketPath };
}
