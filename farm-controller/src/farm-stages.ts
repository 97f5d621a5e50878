import type { Inventory } from '@greenrack/board-inventory';
import { attemptIdSchema, FarmError, type RunView } from '@greenrack/farm-protocol';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Server } from 'socket.io';
import { z } from 'zod';
import { AgentGateway, type AgentGatewayDeps } from './dispatch/agent-gateway.js';
import { AgentHello } from './dispatch/agent-hello.js';
import { Assigner } from './dispatch/assigner.js';
import { BoardTable } from './dispatch/board-table.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { OpenAttempts } from './dispatch/open-attempts.js';
import { type DutyHandlers, DutyWorker } from './duties/duty-worker.js';
import { FarmBoards } from './farm-boards.js';
import { schedulesOver } from './farm-plan.js';
import { FarmSettlement } from './farm-settlement.js';
import type { GithubDuties } from './github/github-stage.js';
import { GoldenImages } from './health/golden-images.js';
import { HealthChecker, MISSING_RETRY_MS } from './health/health-checker.js';
import { AgentPresence } from './lease/agent-presence.js';
import { LeaseKeeper } from './lease/lease-keeper.js';
import { NO_PEERS, type PeerBuses } from './peers/peer-bus.js';
import { imagesInUse } from './plan/images-in-use.js';
import { BullJobQueue } from './queue/bull-job-queue.js';
import { QueueRebuilder } from './queue/queue-rebuilder.js';
import { AttemptIntake } from './results/attempt-intake.js';
import { boardTrust } from './results/board-trust.js';
import { EventCommitter } from './results/event-committer.js';
import { type Waiting, WaitingExplainer } from './results/explain-waiting.js';
import { PeerNewsFeed } from './results/news-feed.js';
import { expireQueued } from './results/queue-expiry.js';
import { runFate } from './results/run-fate.js';
import { Retention, type RetentionDeps } from './retention/retention.js';
import { ScheduleIndex, schedule } from './schedule/schedule.js';
import { TenantMeter } from './schedule/tenant-meter.js';
import type {
  BlobStore,
  CancelOutcome,
  Change,
  FollowUp,
  LeaseKey,
  NewsFeed,
  QueuedRun,
  SettlementPolicy,
  Store,
  StreamSpool,
} from './store/ports.js';
import type { Clock } from './timing/clock.js';

export interface FarmStagesDeps {
  readonly controllerId: string;
  readonly leaseTtlMs: number;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly spool: StreamSpool;
  /** Attempts that are over: their streams will not grow any more. */
  readonly onEnded: (attemptIds: readonly string[]) => void;
  readonly inventory: Inventory;
  /** Faults in a row after which a board is suspect; 0 for never. */
  readonly suspectAfter: number;
  /** For commands; the queue's lanes share it. */
  readonly redis: Redis;
  readonly peers: PeerBuses;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whose token the connection of an agent brings. @throws FarmError `unauthorized` */
  readonly authenticate: AgentGatewayDeps['authenticate'];
  /** What is due because of GitHub. */
  readonly github?: GithubDuties | undefined;
  /** What is kept, and how the rest is removed. */
  readonly keeping: Pick<RetentionDeps, 'policy' | 'removeStreams' | 'images'>;
  readonly metrics: {
    countEvents(committed: number): void;
    observeAssign(latencyMs: number): void;
  };
}

/** Duties that only touch the database: they fail when it is away, and then for as long as it is. */
const QUICK = { limitMs: 60_000, maxTries: 1_000 } as const;

const indexOf = ({ boards, racks }: Inventory) => new ScheduleIndex(boards, racks);
/** What another service refuses; that it is away is none of these. It is tried for days. */
const FOREIGN = { limitMs: 120_000, maxTries: 100 } as const;

const NO_GITHUB: GithubDuties = {
  event: () => Promise.reject(noApp()),
  check: () => Promise.reject(noApp()),
};

function noApp(): FarmError {
  const message = 'no GitHub App is configured any more: set GREENRACK_GITHUB_APP_ID and its files';
  return new FarmError('unavailable', message);
}

const freedSchema = z.object({ boards: z.array(z.string()).max(5000) });
const hereSchema = z.object({ agent: z.string() });
const cancelSchema = z.object({ agent: z.string(), attemptId: attemptIdSchema });

/**
 * The stages between a committed submission and a settled verdict, joined: queue → schedule → lease → dispatch →
 * results. Each stage knows only the store; what one has to tell another passes through here.
 */
export class FarmStages {
  readonly news: NewsFeed;
  readonly gateway: AgentGateway;
  readonly #deps: FarmStagesDeps;
  readonly #table = new BoardTable();
  readonly #attempts: OpenAttempts;
  readonly #meter = new TenantMeter();
  readonly #settlement: FarmSettlement;
  readonly #queue: BullJobQueue;
  readonly #rebuilder: QueueRebuilder;
  readonly #leases: LeaseKeeper;
  readonly #presence: AgentPresence;
  readonly #assigner: Assigner;
  readonly #dispatcher: Dispatcher;
  readonly #explainer: WaitingExplainer;
  readonly #policy: SettlementPolicy;
  readonly #boards: FarmBoards;
  readonly plan: ReturnType<typeof schedulesOver>;
  readonly retention: Retention;
  readonly #health: HealthChecker;
  readonly #duties: DutyWorker;
  #index: ScheduleIndex;

  constructor(deps: FarmStagesDeps) {
    const { store, clock, log, peers } = deps;
    const { orders } = peers;
    this.#deps = deps;
    this.#index = indexOf(deps.inventory);
    this.news = new PeerNewsFeed(peers, log);
    this.#attempts = new OpenAttempts(store.attempts, () => clock.now());
    this.#explainer = new WaitingExplainer(store);
    const hasGoldenImage = (model: string): boolean => deps.inventory.goldenImages.has(model);
    this.#policy = { run: runFate, board: boardTrust(deps.suspectAfter, hasGoldenImage) };
    this.#settlement = this.#createSettlement();
    this.#queue = new BullJobQueue({
      ...deps,
      peers: orders,
      onLost: () => this.#rebuilder.request(),
    });
    const fill = (runs: readonly QueuedRun[]) => this.#queue.fill(runs);
    this.#rebuilder = new QueueRebuilder({ runs: store.runs, fill, clock, log });
    this.#leases = this.#createLeases();
    this.gateway = this.#createGateway();
    this.#presence = this.#createPresence();
    this.#assigner = new Assigner({ ...this.#common(), store, gateway: this.gateway });
    this.#dispatcher = this.#createDispatcher();
    this.#health = this.#createHealth();
    this.plan = this.#createPlan();
    this.retention = this.#createRetention();
    this.#duties = this.#createDuties();
    this.#boards = this.#createBoards();
    this.#listen();
  }

  /** Lists the boards, gives agents their time to reconnect, and fills the queue from the database. */
  async start(io: Server): Promise<void> {
    await this.#boards.open();
    await this.#leases.start();
    this.gateway.attach(io);
    if (this.#deps.peers.orders !== NO_PEERS) this.#presence.start();
    else await this.#deps.store.duties.disown();
    this.#rebuilder.request();
    await this.retention.start();
    this.#duties.look();
  }

  /** The inventory says something else; these agents serve other boards, or the same ones otherwise. */
  async inventoryChanged(agents: readonly string[]): Promise<void> {
    this.#index = indexOf(this.#deps.inventory);
    await this.#boards.list(agents);
    // Their next hello brings them their boards; what they run goes on.
    for (const agent of agents) this.gateway.reconnect(agent);
  }

  async #lookAgain(): Promise<void> {
    await this.#boards.lookForWork();
    await this.gateway.resync();
  }

  /** Rows of new runs are committed: they may be taken. */
  onSubmitted(queued: readonly QueuedRun[]): Promise<void> {
    return this.#queue.add(queued);
  }

  /** A cancellation is committed: agents that run something of it are told. */
  onCancelled(outcome: CancelOutcome): void {
    this.#settlement.settle(outcome);
    for (const { attemptId, agent } of outcome.running) {
      if (this.gateway.cancel(agent, attemptId, 'cancelled')) continue;
      this.#deps.peers.orders.send('attempt.cancel', { agent, attemptId });
    }
  }

  /** An operator changed a board. */
  onBoardChanged(change: Change): void {
    this.news.publish({ change });
  }

  explainWaiting(run: RunView): Promise<Waiting | null> {
    return this.#explainer.explain(run);
  }

  health(): Record<string, { ok: boolean; detail: string }> {
    const { status } = this.#deps.redis;
    return { redis: { ok: status === 'ready', detail: `connection is ${status}` } };
  }

  /** Takes no more work, lets the agents go, and resolves when nothing is under way. */
  async close(): Promise<void> {
    await this.#dispatcher.close();
    await this.#presence.close();
    await this.gateway.close();
    await this.#leases.close();
    await this.#duties.close();
    await this.#rebuilder.close();
    await this.#queue.close();
  }

  #listen(): void {
    const { redis, log } = this.#deps;
    const { orders } = this.#deps.peers;
    this.#queue.onWork(() => this.#dispatcher.wake());
    this.news.subscribe(({ change }) => {
      this.#settlement.noteHealth(change);
      if (change) this.#boards.changed(change);
    });
    const lookAgain = () => {
      this.#rebuilder.request();
      this.#lookAgain().catch((error: unknown) => {
        log.error({ err: error }, 'agents not brought in step after Redis was away');
      });
    };
    redis.on('ready', lookAgain);
    orders.onGap(lookAgain);
    orders.on('board.freed', freedSchema, ({ boards }) => this.#settlement.freed(boards));
    orders.on('agent.here', hereSchema, ({ agent }) => this.gateway.movedAway(agent));
    orders.on('attempt.cancel', cancelSchema, ({ agent, attemptId }) => {
      this.gateway.cancel(agent, attemptId, 'cancelled');
    });
  }

  #createSettlement(): FarmSettlement {
    return new FarmSettlement({
      ...this.#deps,
      peers: this.#deps.peers.orders,
      table: this.#table,
      attempts: this.#attempts,
      meter: this.#meter,
      news: this.news,
      wake: () => this.#dispatcher.wake(),
      requeue: (runs) => void this.#queue.add(runs, 'front'),
    });
  }

  #createLeases(): LeaseKeeper {
    const { store, clock, log, leaseTtlMs } = this.#deps;
    return new LeaseKeeper({
      store,
      clock,
      log,
      ttlMs: leaseTtlMs,
      policy: this.#policy,
      onExpired: (attempt, followUp) => {
        this.#settlement.ended(attempt.attemptId);
        // An agent that is connected and does not renew may still be busy with it: it has to say so before it gets more.
        this.gateway.reconnect(attempt.agent);
        this.#settlement.settle(followUp);
      },
    });
  }

  /** What several parts of dispatch share. */
  #common() {
    const { clock, log } = this.#deps;
    return {
      attempts: this.#attempts,
      table: this.#table,
      policy: this.#policy,
      onChange: (change: Change) => this.news.publish({ change }),
      onFollowUp: (followUp: FollowUp) => this.#settlement.settle(followUp),
      renew: (agent: string, leases: readonly LeaseKey[]) => this.#leases.renew(agent, leases),
      clock,
      log,
    };
  }

  #createGateway(): AgentGateway {
    const { store, spool: streams, inventory } = this.#deps;
    const common = { ...this.#deps, ...this.#common() };
    const boardsOf = (agent: string) => inventory.racks.get(agent);
    const committer = new EventCommitter({
      attempts: store.attempts,
      clock: common.clock,
      policy: this.#policy,
      onCommitted: (...commit) => this.#settlement.committed(...commit),
    });
    return new AgentGateway({
      ...common,
      hello: new AgentHello({ ...common, streams, boardsOf }),
      intake: new AttemptIntake({
        streams,
        committer,
        open: (id) => this.#attempts.find(id),
        news: this.news,
        log: common.log,
      }),
      onWelcomed: (agent) => common.peers.orders.send('agent.here', { agent }),
      onAgentLost: (attempts) => this.#leases.agentLost(attempts),
      onBoards: () => this.#dispatcher.wake(),
    });
  }

  #createPresence(): AgentPresence {
    const { controllerId, store, leaseTtlMs: ttlMs } = this.#deps;
    return new AgentPresence({
      ...{ ...this.#common(), controllerId, store, ttlMs },
      agents: () => this.gateway.agents(),
      reconnect: (agent) => this.gateway.reconnect(agent),
    });
  }

  /** What must happen, by kind of duty. */
  #createDuties(): DutyWorker {
    const { store, controllerId, clock, log, github = NO_GITHUB } = this.#deps;
    const expiry = {
      runs: store.runs,
      explain: () => this.#explainer.reasons(),
      policy: runFate,
      onExpired: (followUp: FollowUp) => this.#settlement.settle(followUp),
      clock,
    };
    const handlers: DutyHandlers = {
      expireQueued: { ...QUICK, run: (submissionId) => expireQueued(expiry, submissionId) },
      examineBoard: {
        ...{ ...QUICK, pauseMs: MISSING_RETRY_MS },
        run: (serial, _signal, tries) => this.#health.examine(serial, tries),
      },
      runSchedule: { ...QUICK, run: (id) => this.plan.scheduler.due(id) },
      githubEvent: { ...QUICK, run: (id) => github.event(id) },
      githubCheck: { ...FOREIGN, run: (id, signal) => github.check(id, signal) },
      retain: { ...QUICK, run: () => this.retention.round() },
      removeLogs: { ...QUICK, run: (id, signal) => this.retention.removeLogs(id, signal) },
      removeImage: { ...QUICK, run: (sha256) => this.retention.removeImage(sha256) },
    };
    return new DutyWorker({ duties: store.duties, handlers, owner: controllerId, clock, log });
  }

  #createBoards(): FarmBoards {
    const alone = this.#deps.peers.orders === NO_PEERS;
    return new FarmBoards({
      ...{ ...this.#deps, alone, news: this.news },
      wake: () => this.#dispatcher.wake(),
    });
  }

  #createPlan(): ReturnType<typeof schedulesOver> {
    return schedulesOver({
      ...{ ...this.#deps, news: this.news },
      onSubmitted: (queued) => this.onSubmitted(queued),
      onError: (err, what) => this.#deps.log.error({ err }, what),
    });
  }

  #createRetention(): Retention {
    const { store, clock, log, keeping } = this.#deps;
    const { database } = store;
    const inUse = () => imagesInUse(database.queries);
    return new Retention({ ...keeping, database, inUse, clock, log });
  }

  #createHealth(): HealthChecker {
    const { store, blobs, inventory, clock, log } = this.#deps;
    return new HealthChecker({
      boards: store.boards,
      goldenImages: new GoldenImages({ inventory, blobs, images: store.images }),
      onChange: (change) => this.news.publish({ change }),
      onQueued: (runs) => void this.onSubmitted(runs),
      ...{ clock, log },
    });
  }

  #usage() {
    return this.#meter.usage(this.#deps.clock.now());
  }

  #createDispatcher(): Dispatcher {
    const { store, leaseTtlMs, clock, log } = this.#deps;
    return new Dispatcher({
      table: this.#table,
      work: this.#queue,
      schedule: (idle, lanes) => {
        const suspect = idle.filter((board) => board.suspect).map(({ spec }) => spec.serial);
        const boards = { idle: idle.map(({ spec }) => spec), suspect: new Set(suspect) };
        const { joining } = this.#table;
        const here = { ...boards, usable: this.#boards.usable, joining };
        return schedule({ ...here, lanes, usage: this.#usage() }, this.#index);
      },
      leases: store.leases,
      leaseTtlMs,
      onGranted: (granted, served) => {
        const { cancelled } = this.#settlement.granted(granted, served);
        void this.#assigner.assign(served.agent, granted.assignment, cancelled);
        this.#leases.granted();
      },
      onBoardTaken: (agent) => this.gateway.resync([agent]),
      onOtherBoard: () => this.#boards.lookForWork(),
      clock,
      log,
    });
  }
}
