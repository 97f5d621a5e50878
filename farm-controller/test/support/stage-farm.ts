import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server as NodeServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GoldenImageFile, requirementClass } from '@greenrack/board-inventory';
import {
  type Band,
  type BoardSpec,
  type BoardView,
  FarmError,
  newId,
  type Requirement,
  RUN_DEFAULTS,
  type RunSpec,
  type RunView,
} from '@greenrack/farm-protocol';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { Server } from 'socket.io';
import { openBlobStore } from '../../src/artifacts/blob-store.js';
import { openFolderArtifacts } from '../../src/artifacts/folder-artifacts.js';
import { keepingOver } from '../../src/farm-keeping.js';
import { FarmStages } from '../../src/farm-stages.js';
import { openStore } from '../../src/farm-store.js';
import { NO_PEERS, type PeerBuses } from '../../src/peers/peer-bus.js';
import { connectRedis } from '../../src/queue/redis-connection.js';
import { RedisChild } from '../../src/redis-child.js';
import { DEFAULT_POLICY } from '../../src/retention/policy.js';
import type { NewRun, QueuedRun, Store } from '../../src/store/ports.js';
import { openStreamSpool } from '../../src/streams/stream-spool.js';
import { Uploads } from '../../src/submit/uploads.js';
import { type Clock, systemClock } from '../../src/timing/clock.js';
import { FakeAgent } from './fake-agent.js';
import { until } from './until.js';

export { board, need } from './plain-farm.js';

export const quietLog = pino({ level: process.env.TEST_LOG ?? 'silent' });
/** What a farm keeps by default. */
const IMAGE = 'a'.repeat(64);

export interface StageFarmPlan {
  readonly racks: Readonly<Record<string, readonly BoardSpec[]>>;
  readonly clock?: Clock;
  readonly leaseTtlMs?: number;
  readonly dir?: string;
  readonly peers?: PeerBuses;
  /** Default 3. */
  readonly suspectAfter?: number;
  /** By model. Default none. */
  readonly goldenImages?: ReadonlyMap<string, GoldenImageFile>;
}

/** The stages over a real SQLite file, a real redis-server and a real socket. */
export class StageFarm {
  /** Every view that the news brought, by run. */
  readonly runs = new Map<string, RunView>();
  readonly boards = new Map<string, BoardView>();
  readonly agents: FakeAgent[] = [];
  url = '';
  readonly #looks = new Set<() => void>();

  private constructor(
    readonly dir: string,
    readonly store: Store,
    readonly redisChild: RedisChild,
    readonly redis: Redis,
    readonly stages: FarmStages,
    readonly clock: Clock,
    readonly io: Server,
    readonly http: NodeServer,
  ) {}

  static async start(plan: StageFarmPlan): Promise<StageFarm> {
    const dir = plan.dir ?? (await mkdtemp(join(tmpdir(), 'gr-stage-')));
    const store = await openStore({ stateDir: dir });
    const redisChild = await RedisChild.start({ dataDir: join(dir, 'redis'), log: quietLog });
    const redis = await connectRedis({ socketPath: redisChild.socketPath }, quietLog);
    const clock = plan.clock ?? systemClock;
    const stages = await createStages(plan, { dir, store, redis, clock });
    const http = createServer();
    const io = new Server(http, { transports: ['websocket'] });
    const farm = new StageFarm(dir, store, redisChild, redis, stages, clock, io, http);
    await farm.#listen();
    return farm;
  }

  /** Another farm process after this one: same directory. */
  static async again(farm: StageFarm, plan: StageFarmPlan): Promise<StageFarm> {
    await farm.stop({ keep: true });
    return StageFarm.start({ ...plan, dir: farm.dir });
  }

  agent(name: string, token = name): FakeAgent {
    const agent = new FakeAgent(this.url, name, token);
    this.agents.push(agent);
    return agent;
  }

  /** Submits runs, one per requirement, and hands them to the queue. */
  async submit(
    requirements: readonly Requirement[],
    more: { band?: Band; tenant?: string; spec?: Partial<RunSpec>; unqueued?: boolean } = {},
  ): Promise<RunView[]> {
    const nowMs = this.clock.now();
    await this.store.images.put(
      { sha256: IMAGE, sizeBytes: 4, format: 'elf', segments: [] },
      nowMs,
    );
    const { runs, queued } = await this.store.submissions.create({
      id: newId('sub', nowMs),
      name: 'test',
      tenant: more.tenant ?? 'default',
      submitter: 'someone',
      band: more.band ?? 'normal',
      specJson: '{}',
      createdMs: nowMs,
      runs: requirements.map((requirement, ordinal) =>
        newRun({ requirement, ...more.spec }, ordinal, nowMs),
      ),
    });
    if (!more.unqueued) await this.stages.on.runsQueued(queued);
    return runs;
  }

  /** Resolves when the news say that the run has come this far. */
  async seen(runId: string, state: RunView['state']): Promise<RunView> {
    await this.until(`run ${state}`, () => this.runs.get(runId)?.state === state);
    const view = await this.store.runs.get(runId);
    if (!view) throw new Error('no such run');
    return view;
  }

  until(what: string, holds: () => boolean): Promise<void> {
    return until(what, holds, (look) => {
      this.#looks.add(look);
      return () => this.#looks.delete(look);
    });
  }

  /** Resolves when what the stages have begun by now has ended. */
  async settled(): Promise<void> {
    // Every step of theirs is a query on the same connection, which serves in order, or a turn of the event loop.
    for (let i = 0; i < 20; i++) {
      await this.store.ping();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async queuedRuns(): Promise<QueuedRun[]> {
    return (await this.store.queue.queued({ limit: 5000 })).items;
  }

  async stop({ keep = false } = {}): Promise<void> {
    for (const agent of this.agents) agent.disconnect();
    await this.stages.close();
    await this.io.close();
    this.redis.disconnect();
    await this.redisChild.stop();
    await this.store.close();
    if (!keep) await rm(this.dir, { recursive: true, force: true });
  }

  async #listen(): Promise<void> {
    this.stages.parts.news.subscribe(({ change }) => {
      for (const run of change?.runs ?? []) this.runs.set(run.id, run);
      for (const view of change?.boards ?? []) this.boards.set(view.serial, view);
      for (const look of this.#looks) look();
    });
    await this.stages.start(this.io);
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
    this.url = `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }
}

async function createStages(
  plan: StageFarmPlan,
  parts: { dir: string; store: Store; redis: Redis; clock: Clock },
): Promise<FarmStages> {
  const racks = new Map(Object.entries(plan.racks));
  const boards = [...racks.values()].flat();
  const spool = await openStreamSpool(join(parts.dir, 'spool'));
  const artifacts = await openFolderArtifacts(parts.dir);
  const blobs = await openBlobStore(artifacts, join(parts.dir, 'blobs', 'tmp'));
  const freeBytes = async () => undefined;
  return new FarmStages({
    ...parts,
    controllerId: 'controller-test',
    leaseTtlMs: plan.leaseTtlMs ?? 30_000,
    spool,
    onEnded: () => {},
    blobs,
    uploads: new Uploads({ ...parts, artifacts, blobs, freeBytes, now: () => parts.clock.now() }),
    keeping: keepingOver(() => DEFAULT_POLICY, { artifacts, spool, store: parts.store }),
    suspectAfter: plan.suspectAfter ?? 3,
    inventory: {
      ...{ racks, boards, models: new Map(), goldenImages: plan.goldenImages ?? new Map() },
      targets: new Set(boards.map((b) => b.target)),
    },
    peers: plan.peers ?? { orders: NO_PEERS, bulk: NO_PEERS },
    log: quietLog,
    authenticate: authenticateByName,
    metrics: { countEvents: () => {}, observeAssign: () => {} },
  });
}

/** Tokens of these tests are the names of their holders; `human-…` are people. */
async function authenticateByName(_socket: unknown, token: unknown) {
  if (typeof token !== 'string' || token === '') throw new FarmError('unauthorized', 'no token');
  const role = token.startsWith('human-') ? 'admin' : 'agent';
  return { name: token, role, tokenId: `tok_${token}`, expiresMs: null } as const;
}

function newRun(
  spec: Partial<RunSpec> & Pick<RunSpec, 'requirement'>,
  ordinal: number,
  nowMs: number,
): NewRun {
  return {
    id: newId('run', nowMs),
    ordinal,
    name: `run ${ordinal}`,
    imageName: 'image.elf',
    imageSha256: IMAGE,
    requirementClass: [spec, ...(spec.partners ?? [])]
      .map((one) => requirementClass(one.requirement))
      .join('+'),
    spec: { ...RUN_DEFAULTS, timeoutMs: 60_000, queueTimeoutMs: 3_600_000, ...spec },
  };
}
