import type { Inventory } from '@greenrack/board-inventory';
import {
  type Role,
  attemptIdSchema,
  type EventBatch,
  type RunView,
} from '@greenrack/farm-protocol';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Server } from 'socket.io';
import { z } from 'zod';
import { AgentGateway } from './dispatch/agent-gateway.js';
import { AgentHello } from './dispatch/agent-hello.js';
import { Assigner } from './dispatch/assigner.js';
import { BoardTable } from './dispatch/board-table.js';
import { Dispatcher, type Granted, type Served } from './dispatch/dispatcher.js';
import { type LiveAttempt, OpenAttempts } from './dispatch/open-attempts.js';
import { LeaseKeeper } from './lease/lease-keeper.js';
import type { PeerBus } from './peers/peer-bus.js';
import { BullJobQueue } from './queue/bull-job-queue.js';
import { QueueRebuilder } from './queue/queue-rebuilder.js';
import { AttemptIntake } from './results/attempt-intake.js';
import { EventCommitter } from './results/event-committer.js';
import { type Waiting, WaitingExplainer } from './results/explain-waiting.js';
import { PeerNewsFeed } from './results/news-feed.js';
import { QueueDeadline } from './results/queue-deadline.js';
import { runFate } from './results/run-fate.js';
import { ScheduleIndex, schedule } from './schedule/schedule.js';
import { TenantMeter } from './schedule/tenant-meter.js';
import type {
  AppendResult,
  CancelOutcome,
  Change,
  ConsoleStore,
  FollowUp,
  NewsFeed,
  QueuedRun,
  Store,
} from './store/ports.js';
import type { Clock } from './timing/clock.js';

export interface FarmStagesDeps {
  readonly controllerId: string;
  readonly leaseTtlMs: number;
  readonly store: Store;
  readonly consoles: ConsoleStore;
  readonly inventory: Inventory;
  /** For commands; the queue's lanes share it. */
  readonly redis: Redis;
  readonly peers: PeerBus;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whose token this is; `address` is for throttling. @throws FarmError `unauthorized` */
  readonly authenticate: (
    token: string | undefined,
    address: string,
  ) => Promise<{ name: string; role: Role }>;
  readonly metrics: {
    countEvents(committed: number): void;
    observeAssign(latencyMs: number): void;
  };
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
  readonly #queue: BullJobQueue;
  readonly #rebuilder: QueueRebuilder;
  readonly #leases: LeaseKeeper;
  readonly #assigner: Assigner;
  readonly #dispatcher: Dispatcher;
  readonly #explainer: WaitingExplainer;
  readonly #deadline: QueueDeadline;

  constructor(deps: FarmStagesDeps) {
    const { store, clock, log, peers } = deps;
    this.#deps = deps;
    this.news = new PeerNewsFeed(peers, log);
    this.#attempts = new OpenAttempts(store.attempts, () => clock.now());
    this.#explainer = new WaitingExplainer(store);
    this.#queue = new BullJobQueue({ ...deps, onLost: () => this.#rebuilder.request() });
    const fill = (runs: readonly QueuedRun[]) => this.#queue.fill(runs);
    this.#rebuilder = new QueueRebuilder({ runs: store.runs, fill, clock, log });
    this.#leases = this.#createLeases();
    this.gateway = this.#createGateway();
    this.#assigner = new Assigner({ ...this.#common(), store, gateway: this.gateway });
    this.#dispatcher = this.#createDispatcher();
    this.#deadline = new QueueDeadline({
      runs: store.runs,
      explain: () => this.#explainer.reasons(),
      onExpired: (followUp) => this.#settle(followUp),
      clock,
      log,
    });
    this.#listen();
  }

  /** Gives agents their time to reconnect, and fills the queue from the database. */
  async start(io: Server): Promise<void> {
    await this.#leases.start();
    this.gateway.attach(io);
    this.#rebuilder.request();
    this.#deadline.watch();
  }

  /** Rows of new runs are committed: they may be taken. */
  onSubmitted(queued: readonly QueuedRun[]): Promise<void> {
    this.#deadline.watch();
    return this.#queue.add(queued);
  }

  /** A cancellation is committed: agents that run something of it are told. */
  onCancelled(outcome: CancelOutcome): void {
    this.#settle(outcome);
    for (const { attemptId, agent } of outcome.running) {
      if (this.gateway.cancel(agent, attemptId, 'cancelled')) continue;
      this.#deps.peers.send('attempt.cancel', { agent, attemptId });
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
    await this.gateway.close();
    await this.#leases.close();
    await this.#deadline.close();
    await this.#rebuilder.close();
    await this.#queue.close();
  }

  #listen(): void {
    const { redis, peers, log } = this.#deps;
    this.#queue.onWork(() => this.#dispatcher.wake());
    this.news.subscribe(({ change }) => this.#noteHealth(change));
    redis.on('ready', () => {
      this.#rebuilder.request();
      this.gateway.resync().catch((error: unknown) => {
        log.error({ err: error }, 'agents not brought in step after Redis was away');
      });
    });
    peers.on('board.freed', freedSchema, ({ boards }) => this.#freed(boards));
    peers.on('agent.here', hereSchema, ({ agent }) => this.gateway.movedAway(agent));
    peers.on('attempt.cancel', cancelSchema, ({ agent, attemptId }) => {
      this.gateway.cancel(agent, attemptId, 'cancelled');
    });
  }

  #createLeases(): LeaseKeeper {
    const { store, clock, log, leaseTtlMs } = this.#deps;
    return new LeaseKeeper({
      store,
      clock,
      log,
      ttlMs: leaseTtlMs,
      policy: runFate,
      onExpired: (attempt, followUp) => {
        this.#ended(attempt.attemptId);
        // An agent that is connected and does not renew may still be busy with it: it has to say so before it gets more.
        this.gateway.reconnect(attempt.agent);
        this.#settle(followUp);
      },
    });
  }

  /** What several parts of dispatch share. */
  #common() {
    const { clock, log } = this.#deps;
    return {
      attempts: this.#attempts,
      table: this.#table,
      policy: runFate,
      onChange: (change: Change) => this.news.publish({ change }),
      onFollowUp: (followUp: FollowUp) => this.#settle(followUp),
      renew: (leases: readonly { leaseId: string; fence: number }[]) => this.#leases.renew(leases),
      clock,
      log,
    };
  }

  #createGateway(): AgentGateway {
    const { store, consoles, inventory } = this.#deps;
    const common = { ...this.#deps, ...this.#common() };
    const boardsOf = (agent: string) => inventory.racks.get(agent);
    const committer = new EventCommitter({
      attempts: store.attempts,
      clock: common.clock,
      policy: runFate,
      onCommitted: (...commit) => this.#committed(...commit),
    });
    return new AgentGateway({
      ...common,
      hello: new AgentHello({ ...common, boardsOf }),
      intake: new AttemptIntake({
        consoles,
        committer,
        isOpen: async (id, fence) => (await this.#attempts.find(id))?.fence === fence,
        news: this.news,
        log: common.log,
      }),
      onWelcomed: (agent) => common.peers.send('agent.here', { agent }),
      onAgentLost: (attempts) => this.#leases.agentLost(attempts),
      onBoards: () => this.#dispatcher.wake(),
    });
  }

  #createDispatcher(): Dispatcher {
    const { store, leaseTtlMs, inventory, clock, log } = this.#deps;
    const index = new ScheduleIndex(inventory.boards);
    return new Dispatcher({
      table: this.#table,
      work: this.#queue,
      schedule: (idle, lanes) =>
        schedule({ idle, lanes, usage: this.#meter.usage(clock.now()) }, index),
      leases: store.leases,
      leaseTtlMs,
      onGranted: (granted, served) => this.#granted(granted, served),
      onBoardTaken: (agent) => this.gateway.resync([agent]),
      clock,
      log,
    });
  }

  #granted({ assignment, change }: Granted, { agent, lane, wokenAt }: Served): void {
    const startedMs = this.#deps.clock.now();
    const { attemptId, runId, leaseId, fence, board, timeoutMs } = assignment;
    const { cancelled } = this.#attempts.add({
      ...{ attemptId, runId, leaseId, fence, agent, boardSerial: board.serial },
      startedMs,
      boundMs: startedMs + timeoutMs,
      tenant: lane.lane.tenant,
    });
    void this.#assigner.assign(agent, assignment, cancelled);
    this.#deps.metrics.observeAssign(performance.now() - wokenAt);
    this.#meter.began(lane.lane.tenant, startedMs);
    this.#leases.granted();
    this.news.publish({ change });
  }

  #committed(
    results: readonly AppendResult[],
    batches: readonly EventBatch[],
    followUp: FollowUp,
  ): void {
    results.forEach((result, i) => {
      if (result.ok && result.ended) this.#ended(batches[i]?.attemptId ?? '');
    });
    this.#settle(followUp);
    results.forEach((result, i) => {
      const attemptId = batches[i]?.attemptId;
      if (!result.ok || attemptId === undefined || result.committed.length === 0) return;
      const { runId, committed } = result;
      this.#deps.metrics.countEvents(committed.length);
      this.news.publish({ attemptEvents: { runId, attemptId, events: committed } });
    });
  }

  /** By attempt: a board that is offline at the end is not among the freed ones, and must not stay busy here. */
  #ended(attemptId: string): void {
    const attempt: LiveAttempt | undefined = this.#attempts.end(attemptId);
    if (!attempt) return;
    this.#table.end(attempt.boardSerial, attemptId);
    if (attempt.tenant === undefined) return;
    this.#meter.ended(attempt.tenant, attempt.startedMs, this.#deps.clock.now());
  }

  /** Does what a transaction left to do. Freed boards first: they are to be busy again as soon as may be. */
  #settle({ freedBoards, requeued, change }: FollowUp): void {
    const foreign = freedBoards.filter((serial) => !this.#table.has(serial));
    if (freedBoards.length > foreign.length) this.#freed(freedBoards);
    if (requeued.length > 0) {
      this.#deadline.watch();
      void this.#queue.add(requeued, 'front');
    }
    if (foreign.length > 0) this.#deps.peers.send('board.freed', { boards: foreign });
    this.news.publish({ change });
  }

  #freed(boards: readonly string[]): void {
    for (const serial of boards) this.#table.end(serial);
    this.#dispatcher.wake();
  }

  #noteHealth(change: Change | undefined): void {
    for (const { serial, health } of change?.boards ?? []) this.#table.setHealth(serial, health);
    if (change?.boards.some(({ health }) => health === 'good')) this.#dispatcher.wake();
  }
}
