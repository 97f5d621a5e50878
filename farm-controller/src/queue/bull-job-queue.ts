import { FarmError } from '@greenrack/farm-protocol';
import Bull from 'bull';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { PeerBus } from '../peers/peer-bus.js';
import type { QueuedRun } from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';
import type { JobQueue, LaneSnapshot } from './job-queue.js';
import { laneKey } from './lane-key.js';
import { LaneRegistry } from './lane-registry.js';
import { announceAdded, announceTaken, hearPeers } from './peer-hints.js';

/** How long a taken run may be without its lease before another controller may take it; the take-to-lease time is a few ms. */
const LOCK_MS = 5_000;
/** How often lanes are searched for runs that a dead controller had taken, while there are lanes. */
const SWEEP_MS = 5_000;
/** Jobs that are handed to Redis at a time: making one takes tens of µs, and all else waits meanwhile. */
const BULK = 100;

export interface BullJobQueueDeps {
  /** One connection for all lanes. */
  readonly redis: Redis;
  readonly peers: PeerBus;
  readonly clock: Clock;
  readonly log: Logger;
  /** Work could not be put into Redis: it has to be added again from the database. */
  readonly onLost: () => void;
}

type Place = 'front' | 'back';
/** Bull's queue, with the parts that its types leave out. */
type LaneQueue = Bull.Queue<object> & {
  drained: boolean;
  moveUnlockedJobsToWait(): Promise<void>;
};

/** {@link JobQueue} on Bull: one Bull queue per lane, the run's id as job id so that adding twice is adding once. */
export class BullJobQueue implements JobQueue {
  readonly #deps: BullJobQueueDeps;
  readonly #registry = new LaneRegistry();
  readonly #queues = new Map<string, LaneQueue>();
  readonly #taken = new Map<string, Bull.Job<object>>();
  readonly #listeners: (() => void)[] = [];
  readonly #sweepTimer: ArmedTimer;

  constructor(deps: BullJobQueueDeps) {
    this.#deps = deps;
    this.#sweepTimer = new ArmedTimer(deps.clock, () => void this.#sweep());
    hearPeers(deps.peers, {
      added: (runs) => this.#noteWork(runs, 'back'),
      taken: (key, runIds) => this.#registry.forget(key, runIds),
    });
  }

  async add(runs: readonly QueuedRun[], place: Place = 'back'): Promise<void> {
    try {
      await this.fill(runs, place);
    } catch (error) {
      this.#deps.log.warn({ err: error, runs: runs.length }, 'runs wait for Redis to come back');
      this.#deps.onLost();
    }
  }

  /** Like {@link add}, but rejects when Redis did not take all of them. */
  async fill(runs: readonly QueuedRun[], place: Place = 'back'): Promise<void> {
    for (const [key, group] of byLane(runs)) {
      for (let i = 0; i < group.length; i += BULK) {
        const part = group.slice(i, i + BULK);
        await this.#addBulk(key, part, place);
        this.#noteWork(part, place);
        announceAdded(this.#deps.peers, part);
      }
    }
  }

  async take(key: string): Promise<string | undefined> {
    const version = this.#registry.beginTake(key);
    if (version === undefined) return undefined;
    let result: { runId: string | undefined } | 'failed' = 'failed';
    try {
      const job = await this.#next(key);
      result = { runId: job && String(job.id) };
    } catch (cause) {
      throw new FarmError('unavailable', 'Redis cannot be reached', { cause });
    } finally {
      this.#registry.endTake(key, version, result);
    }
    if (result.runId !== undefined) announceTaken(this.#deps.peers, key, result.runId);
    return result.runId;
  }

  done(key: string, runId: string): void {
    void this.#finish(key, runId);
  }

  putBack(key: string, runId: string): void {
    const lane = this.#registry.get(key);
    const job = this.#taken.get(runId);
    if (!lane || !job) return;
    this.move(key, { runId, ...lane, createdMs: job.timestamp });
  }

  move(key: string, run: QueuedRun): void {
    void this.#finish(key, run.runId).then(() => this.add([run], 'front'));
  }

  lanes(): LaneSnapshot[] {
    return this.#registry.snapshot();
  }

  onWork(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#sweepTimer.close();
    await Promise.all([...this.#queues.values()].map((queue) => queue.close(true)));
    this.#queues.clear();
  }

  #noteWork(runs: readonly QueuedRun[], place: Place): void {
    this.#registry.add(runs, place);
    this.#sweepTimer.armBy(this.#deps.clock.now() + SWEEP_MS);
    for (const listener of this.#listeners) listener();
  }

  async #addBulk(key: string, runs: readonly QueuedRun[], place: Place): Promise<void> {
    this.#mustBeReady();
    const jobs = runs.map((run) => ({
      data: {},
      opts: { jobId: run.runId, timestamp: run.createdMs, lifo: place === 'front' },
    }));
    const added = await this.#queue(key).addBulk(jobs);
    // Bull resolves even when Redis refused single jobs (out of memory); those come back without an id.
    if (added.some((job) => !job.id)) throw new FarmError('unavailable', 'Redis refused jobs');
  }

  async #next(key: string): Promise<Bull.Job<object> | undefined> {
    this.#mustBeReady();
    const queue = this.#queue(key);
    // A queue that believes itself drained would wait on a blocking connection of its own; told otherwise it moves
    // the next job atomically and answers at once.
    queue.drained = false;
    const job = await queue.getNextJob();
    if (job) this.#taken.set(String(job.id), job);
    return job ?? undefined;
  }

  async #finish(key: string, runId: string): Promise<void> {
    const job = this.#taken.get(runId);
    this.#taken.delete(runId);
    try {
      await job?.moveToCompleted(undefined, true, true);
    } catch (error) {
      // Redis is away or has lost the job. Should the job still be there it is found by the sweep, taken once more,
      // and the store answers that the run is gone.
      this.#deps.log.debug({ err: error, lane: key, runId }, 'job not finished in Redis');
    }
  }

  #mustBeReady(): void {
    if (this.#deps.redis.status === 'ready') return;
    throw new FarmError('unavailable', 'Redis cannot be reached; runs wait in the database');
  }

  #queue(key: string): LaneQueue {
    const known = this.#queues.get(key);
    if (known) return known;
    const queue = createLaneQueue(key, this.#deps.redis);
    queue.on('stalled', (job: Bull.Job<object>) => this.#recovered(key, job));
    this.#queues.set(key, queue);
    return queue;
  }

  #recovered(key: string, job: Bull.Job<object>): void {
    const lane = this.#registry.get(key);
    if (!lane) return;
    this.#deps.log.info({ lane: key, runId: job.id }, 'run of a dead controller waits again');
    this.#noteWork([{ runId: String(job.id), ...lane, createdMs: job.timestamp }], 'front');
  }

  /** Gives back what a dead controller had taken, and forgets lanes in which nothing is left. */
  async #sweep(): Promise<void> {
    for (const key of this.#registry.keys()) {
      try {
        await this.#sweepLane(key);
      } catch (error) {
        this.#deps.log.debug({ err: error, lane: key }, 'lane not swept');
      }
    }
    if (this.#registry.keys().length > 0) this.#sweepTimer.armBy(this.#deps.clock.now() + SWEEP_MS);
  }

  async #sweepLane(key: string): Promise<void> {
    this.#mustBeReady();
    const queue = this.#queue(key);
    await queue.moveUnlockedJobsToWait();
    if ((await queue.getActiveCount()) > 0 || !this.#registry.drop(key)) return;
    this.#queues.delete(key);
    await queue.close(true);
  }
}

function createLaneQueue(key: string, redis: Redis): LaneQueue {
  const options: Bull.QueueOptions & { skipVersionCheck: boolean } = {
    createClient: () => redis,
    prefix: 'greenrack:lane',
    skipVersionCheck: true,
    settings: {
      lockDuration: LOCK_MS,
      // Bull lets one controller sweep a lane per interval; shorter than ours, or every second sweep would be lost.
      stalledInterval: SWEEP_MS - 1_000,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  };
  return new Bull<object>(key, options) as LaneQueue;
}

function byLane(runs: readonly QueuedRun[]): Map<string, QueuedRun[]> {
  const groups = new Map<string, QueuedRun[]>();
  for (const run of runs) {
    const key = laneKey(run.lane);
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  return groups;
}
