import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Inventory } from '@greenrack/board-inventory';
import {
  type AgentView,
  AVAILABILITIES,
  type Availability,
  type BoardView,
  HEALTHS,
  type Health,
  VERDICTS,
} from '@greenrack/farm-protocol';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DutyBacklog, FarmCounts, Store } from '../store/ports.js';
import { listAgents } from './agent-list.js';

/** How closely the event loop is watched; the watching itself costs that often a timer. */
const STALL_RESOLUTION_MS = 5;

/**
 * Metrics of the farm in OpenMetrics. Labels are closed sets (verdicts, states), never names of runs or boards, so the
 * number of series stays the same however large the farm.
 */
export class FarmMetrics {
  readonly #store: Pick<Store, 'counts' | 'boards' | 'duties' | 'agents'>;
  readonly #expected: Pick<Inventory, 'racks'>;
  readonly #registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  readonly #finished: Counter;
  readonly #open: Gauge;
  readonly #boards: Gauge;
  readonly #agents: Gauge;
  readonly #duties: Gauge;
  readonly #dutyAge: Gauge;
  readonly #events: Counter;
  readonly #assignLatency: Histogram;
  readonly #checks: Histogram;
  readonly #stall: Gauge;
  readonly #loop = monitorEventLoopDelay({ resolution: STALL_RESOLUTION_MS });
  readonly #shed: Counter;
  readonly #inventory: Gauge;

  constructor(
    store: Pick<Store, 'counts' | 'boards' | 'duties' | 'agents'>,
    inventory: Pick<Inventory, 'racks'>,
  ) {
    this.#store = store;
    this.#expected = inventory;
    this.#registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const common = { registers: [this.#registry] };
    this.#finished = new Counter({
      ...common,
      name: 'greenrack_runs_finished',
      help: 'Runs that have finished, by verdict',
      labelNames: ['verdict'],
    });
    this.#open = new Gauge({
      ...common,
      name: 'greenrack_runs_open',
      help: 'Runs that have not finished, by state',
      labelNames: ['state'],
    });
    this.#boards = new Gauge({
      ...common,
      name: 'greenrack_boards',
      help: 'Boards by availability and health',
      labelNames: ['availability', 'health'],
    });
    this.#agents = new Gauge({
      ...common,
      name: 'greenrack_agents',
      help: 'Agents by whether they are connected; never_seen are those that the inventory expects in vain',
      labelNames: ['state'],
    });
    this.#duties = new Gauge({
      ...common,
      name: 'greenrack_duties',
      help: 'What the farm has still to do, by kind: due, or given up and left to an operator',
      labelNames: ['kind', 'state'],
    });
    this.#dutyAge = new Gauge({
      ...common,
      name: 'greenrack_duty_oldest_due_seconds',
      help: 'For how long the longest due duty of a kind has been due',
      labelNames: ['kind'],
    });
    this.#events = new Counter({
      ...common,
      name: 'greenrack_events_committed',
      help: 'Attempt events committed by this controller',
    });
    this.#shed = new Counter({
      ...common,
      name: 'greenrack_connections_shed',
      help: 'Connections without a token that were closed to make room for others',
    });
    this.#inventory = new Gauge({
      ...common,
      name: 'greenrack_inventory_in_step',
      help: 'Whether the farm works with what the files of its inventory say: 1 or 0, when they could not be taken over',
    });
    this.#loop.enable();
    this.#stall = new Gauge({
      ...common,
      name: 'greenrack_event_loop_stall_seconds',
      help: 'Longest time that the controller could attend to nothing else, since this page was last read',
    });
    this.#checks = new Histogram({
      ...common,
      name: 'greenrack_github_check_latency_seconds',
      help: 'From an event of GitHub to its check there (visible), and from its last result to its conclusion (concluded)',
      labelNames: ['step'],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
    });
    this.#assignLatency = new Histogram({
      ...common,
      name: 'greenrack_assign_latency_seconds',
      help: 'From a freed board or a submitted run to the order at the agent',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    });
  }

  /** A check at GitHub became visible after its event, or was concluded after its last result. */
  observeCheck(step: 'visible' | 'concluded', ms: number): void {
    this.#checks.observe({ step }, ms / 1000);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** A connection of a stranger made room for another one. */
  countShed(): void {
    this.#shed.inc();
  }

  /** The files of the inventory were taken over, or could not be. */
  noteInventory(inStep: boolean): void {
    this.#inventory.set(inStep ? 1 : 0);
  }

  countEvents(committed: number): void {
    this.#events.inc(committed);
  }

  observeAssign(latencyMs: number): void {
    this.#assignLatency.observe(latencyMs / 1000);
  }

  /** The page that Prometheus reads. Rejects when the database cannot answer. */
  async page(): Promise<string> {
    const { boards, duties } = this.#store;
    this.#stall.set(Math.max(0, this.#loop.max / 1e9 - STALL_RESOLUTION_MS / 1000));
    const [counts, list, agents, backlog] = await Promise.all([
      this.#store.counts(),
      boards.list(),
      listAgents(this.#store, this.#expected),
      duties.backlog(Date.now()),
    ]);
    this.#setRuns(counts);
    this.#setBoards(list);
    this.#setAgents(agents);
    this.#setDuties(backlog);
    const page = await this.#registry.metrics();
    // The making of the page is no news to whoever reads the next one.
    this.#loop.reset();
    return page;
  }

  /** The database counts: it knows the runs of all controllers, and of the time before this one started. */
  #setRuns(counts: FarmCounts): void {
    this.#open.set({ state: 'queued' }, counts.queued);
    this.#open.set({ state: 'running' }, counts.running);
    this.#finished.reset();
    for (const verdict of VERDICTS)
      this.#finished.inc({ verdict }, counts.finishedByVerdict.get(verdict) ?? 0);
  }

  #setDuties(backlog: readonly DutyBacklog[]): void {
    this.#duties.reset();
    this.#dutyAge.reset();
    for (const { kind, due, dead, oldestDueMs } of backlog) {
      this.#duties.set({ kind, state: 'due' }, due);
      this.#duties.set({ kind, state: 'dead' }, dead);
      this.#dutyAge.set({ kind }, oldestDueMs / 1000);
    }
  }

  #setAgents(agents: readonly AgentView[]): void {
    const counts = { connected: 0, gone: 0, never_seen: 0 };
    for (const { connected, neverSeen } of agents)
      counts[connected ? 'connected' : neverSeen ? 'never_seen' : 'gone'] += 1;
    for (const [state, count] of Object.entries(counts)) this.#agents.set({ state }, count);
  }

  #setBoards(boards: readonly BoardView[]): void {
    for (const availability of AVAILABILITIES)
      for (const health of HEALTHS)
        this.#boards.set({ availability, health }, countOf(boards, availability, health));
  }
}

function countOf(boards: readonly BoardView[], availability: Availability, health: Health): number {
  return boards.filter((board) => board.availability === availability && board.health === health)
    .length;
}
