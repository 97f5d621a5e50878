import type { Inventory } from '@greenrack/board-inventory';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { AgentGateway, AgentGatewayDeps } from './dispatch/agent-gateway.js';
import { Assigner } from './dispatch/assigner.js';
import { BoardTable, type IdleBoard } from './dispatch/board-table.js';
import { Dispatcher, type DispatcherDeps } from './dispatch/dispatcher.js';
import { OpenAttempts } from './dispatch/open-attempts.js';
import { DutyWorker } from './duties/duty-worker.js';
import { analysisOver } from './farm-analyse.js';
import { FarmBoards } from './farm-boards.js';
import { dutyHandlers } from './farm-duties.js';
import type { FarmEvents } from './farm-events.js';
import { linkOver } from './farm-link.js';
import type { NotifyDuties } from './farm-notify.js';
import { schedulesOver } from './farm-plan.js';
import { FarmSettlement } from './farm-settlement.js';
import type { GithubDuties } from './github/github-stage.js';
import { GoldenImages } from './health/golden-images.js';
import { HealthChecker } from './health/health-checker.js';
import { AgentHeartbeat } from './lease/agent-heartbeat.js';
import { endLeases } from './lease/end-leases.js';
import { LeaseKeeper } from './lease/lease-keeper.js';
import { Leases } from './lease/leases.js';
import { NO_PEERS, type PeerBuses } from './peers/peer-bus.js';
import { imagesInUse } from './plan/images-in-use.js';
import { BullJobQueue } from './queue/bull-job-queue.js';
import { QueueRebuilder } from './queue/queue-rebuilder.js';
import { boardTrust } from './results/board-trust.js';
import { WaitingExplainer } from './results/explain-waiting.js';
import { PeerNewsFeed } from './results/news-feed.js';
import { runFate } from './results/run-fate.js';
import { Retention, type RetentionDeps } from './retention/retention.js';
import { schedule } from './schedule/schedule.js';
import { TenantMeter } from './schedule/tenant-meter.js';
import type {
  BlobStore,
  Change,
  FollowUp,
  QueuedRun,
  SettlementPolicy,
  Store,
  StreamSpool,
} from './store/ports.js';
import type { Uploads } from './submit/uploads.js';
import type { Clock } from './timing/clock.js';

export interface FarmStagesDeps {
  readonly controllerId: string;
  readonly leaseTtlMs: number;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly spool: StreamSpool;
  /** Attempts that are over: their streams will not grow any more. */
  readonly onEnded: FarmEvents['attemptsEnded'];
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
  /** What is due because somebody wants to know. */
  readonly notify?: NotifyDuties | undefined;
  readonly uploads: Pick<Uploads, 'sweep'>;
  /** What is kept, and how the rest is removed. */
  readonly keeping: Pick<RetentionDeps, 'policy' | 'removeStreams' | 'images'>;
  readonly metrics: {
    countEvents(committed: number): void;
    observeAssign(latencyMs: number): void;
  };
}

/** What is remembered of boards and attempts, for all parts that give out work. */
export interface DispatchDeps extends FarmStagesDeps {
  readonly table: BoardTable;
  readonly attempts: OpenAttempts;
  readonly meter: TenantMeter;
  readonly policy: SettlementPolicy;
  readonly leases: Leases;
  readonly onChange: (change: Change) => void;
  readonly onFollowUp: (followUp: FollowUp) => void;
}

/** The stages of a farm, each over the store and without knowledge of the others: what happens in one goes to `on`. */
export type FarmParts = ReturnType<typeof createParts>;

/** Creates the stages. Nothing happens before they are started. */
export function createParts(given: FarmStagesDeps, on: FarmEvents) {
  const { controllerId, store, clock, log, leaseTtlMs: ttlMs } = given;
  const deps = withMemory(given, on);
  const news = new PeerNewsFeed(given.peers, log);
  const boards = new FarmBoards({ ...given, alone: isAlone(given), on });
  const { queue, rebuilder } = createQueue(given);
  const leases = new LeaseKeeper({ ...deps, ttlMs, onExpired: on.leaseExpired });
  const gateway: AgentGateway = linkOver(deps, { leases, news }, on);
  const reconnect = (agent: string) => gateway.reconnect(agent);
  const explainer = new WaitingExplainer(store);
  const health = createHealth(given, on);
  const submitting = submittingOver({ ...given, news }, on);
  const plan = schedulesOver(submitting);
  const analysis = analysisOver(submitting);
  const retention = createRetention(given);
  const duties = { explainer, health, scheduler: plan.scheduler, retention, analysis };
  return {
    ...{ news, boards, queue, rebuilder, leases, gateway, explainer, plan, retention },
    settlement: new FarmSettlement({ ...deps, news }, on),
    heartbeat: new AgentHeartbeat({ ...deps, ttlMs, agents: () => gateway.agents(), reconnect }),
    assigner: new Assigner({ ...deps, gateway }),
    dispatcher: createDispatcher(deps, { queue, boards }, on),
    duties: new DutyWorker({
      ...{ duties: store.duties, owner: controllerId, clock, log },
      handlers: dutyHandlers(given, duties, on),
    }),
  };
}

/** No other controller serves this farm. */
export function isAlone({ peers }: Pick<FarmStagesDeps, 'peers'>): boolean {
  return peers.orders === NO_PEERS;
}

function withMemory(deps: FarmStagesDeps, on: FarmEvents): DispatchDeps {
  const { store, clock, inventory, suspectAfter } = deps;
  const hasGoldenImage = (model: string): boolean => inventory.goldenImages.has(model);
  return {
    ...deps,
    table: new BoardTable(),
    attempts: new OpenAttempts(store.attempts, () => clock.now()),
    meter: new TenantMeter(),
    policy: { run: runFate, board: boardTrust(suspectAfter, hasGoldenImage), endLeases },
    leases: new Leases(store),
    onChange: on.viewsChanged,
    onFollowUp: on.settled,
  };
}

function createQueue({ peers, store, clock, log, ...deps }: FarmStagesDeps) {
  const onLost = () => rebuilder.request();
  const queue = new BullJobQueue({ ...deps, clock, log, peers: peers.orders, onLost });
  const fill = (runs: readonly QueuedRun[]) => queue.fill(runs);
  const rebuilder: QueueRebuilder = new QueueRebuilder({ store: store.queue, fill, clock, log });
  return { queue, rebuilder };
}

function createDispatcher(
  deps: DispatchDeps,
  { queue: work, boards }: { readonly queue: BullJobQueue; readonly boards: FarmBoards },
  on: FarmEvents,
): Dispatcher {
  const decide: DispatcherDeps['schedule'] = (idle, lanes) => {
    const { usable, index } = boards;
    const { joining } = deps.table;
    const usage = deps.meter.usage(deps.clock.now());
    return schedule({ ...idleAndSuspect(idle), usable, joining, lanes, usage }, index);
  };
  return new Dispatcher({
    ...{ ...deps, work, schedule: decide },
    grant: (request) => deps.leases.grant(request),
    onGranted: on.leaseGranted,
    onBoardTaken: on.boardTaken,
    onOtherBoard: () => boards.lookForWork(),
  });
}

function idleAndSuspect(boards: readonly IdleBoard[]) {
  const suspect = boards.filter((board) => board.suspect).map(({ spec }) => spec.serial);
  return { idle: boards.map(({ spec }) => spec), suspect: new Set(suspect) };
}

/** For what makes submissions by itself. */
function submittingOver(deps: FarmStagesDeps & { news: PeerNewsFeed }, on: FarmEvents) {
  const onError = (err: unknown, what: string) => deps.log.error({ err }, what);
  return { ...deps, onSubmitted: on.runsQueued, onError };
}

function createRetention({ store, clock, log, keeping }: FarmStagesDeps): Retention {
  const { database } = store;
  return new Retention({
    ...{ ...keeping, database, clock, log },
    inUse: () => imagesInUse(database.queries),
  });
}

function createHealth(deps: FarmStagesDeps, on: FarmEvents): HealthChecker {
  const { store, blobs, inventory, clock, log } = deps;
  return new HealthChecker({
    ...{ health: store.health, clock, log },
    goldenImages: new GoldenImages({ inventory, blobs, images: store.images }),
    onChange: on.viewsChanged,
    onQueued: (runs) => void on.runsQueued(runs),
  });
}
