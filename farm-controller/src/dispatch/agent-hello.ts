import {
  type AttemptOrder,
  type BoardSpec,
  CONTROLLER_FEATURES,
  FarmError,
  type Hello,
  PROTOCOL_VERSION,
  type Welcome,
} from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type {
  Change,
  FollowUp,
  LeaseKey,
  SettlementPolicy,
  Store,
  StreamSpool,
} from '../store/ports.js';
import type { Clock } from '../timing/clock.js';
import type { BoardTable } from './board-table.js';
import type { OpenAttempts } from './open-attempts.js';
import { type Reconciliation, reconcile } from './reconcile.js';

export interface AgentHelloDeps {
  readonly controllerId: string;
  readonly leaseTtlMs: number;
  /** Boards that the inventory gives to an agent; undefined for an agent it does not know. */
  readonly boardsOf: (agent: string) => readonly BoardSpec[] | undefined;
  readonly store: Pick<Store, 'agents' | 'boards' | 'attempts'>;
  readonly streams: Pick<StreamSpool, 'sizes'>;
  readonly renew: (agent: string, leases: readonly LeaseKey[]) => Promise<string[]>;
  readonly table: BoardTable;
  readonly attempts: OpenAttempts;
  readonly policy: SettlementPolicy;
  readonly onChange: (change: Change) => void;
  readonly onFollowUp: (followUp: FollowUp) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Greets agents: tells the store they are here, and settles attempt by attempt who holds what. */
export class AgentHello {
  readonly #deps: AgentHelloDeps;

  constructor(deps: AgentHelloDeps) {
    this.#deps = deps;
  }

  /** @throws FarmError `protocol_mismatch`, `invalid_configuration` */
  async welcome(hello: Hello): Promise<Welcome> {
    checkProtocol(hello);
    const boards = this.#boardsOf(hello.agent);
    const { agent, version, host, hostTests } = hello;
    const { store, table, clock, controllerId, leaseTtlMs, onChange } = this.#deps;
    table.detach(agent);
    const now = clock.now();
    const at = { nowMs: now, untilMs: now + leaseTtlMs };
    await store.agents.connected({ name: agent, version, host, hostTests, controllerId }, at);
    onChange(await store.boards.sync(agent, boards, now));
    const attempts = await this.#settle(hello);
    await this.#attach(hello, boards);
    const features = [...CONTROLLER_FEATURES];
    return { controllerId, leaseTtlMs, features, boards: [...boards], attempts };
  }

  #boardsOf(agent: string): readonly BoardSpec[] {
    const boards = this.#deps.boardsOf(agent);
    if (boards) return boards;
    const message = `no rack of the inventory names agent '${agent}'; add racks/<name>.yaml with it`;
    throw new FarmError('invalid_configuration', message);
  }

  async #settle(hello: Hello): Promise<AttemptOrder[]> {
    const { store, attempts } = this.#deps;
    const before = attempts.ofAgent(hello.agent);
    const open = await store.attempts.openOf(hello.agent);
    const openIds = new Set(open.map((attempt) => attempt.attemptId));
    for (const { attemptId } of before) if (!openIds.has(attemptId)) attempts.end(attemptId);
    for (const attempt of open) attempts.adopt(attempt);
    const lost = new Set(await this.#deps.renew(hello.agent, open));
    const orders: AttemptOrder[] = [];
    for (const item of reconcile(hello.held, open)) {
      const order = await this.#carryOut(item, lost);
      if (order) orders.push(order);
    }
    return orders;
  }

  async #carryOut(item: Reconciliation, lost: Set<string>): Promise<AttemptOrder | undefined> {
    if (item.kind === 'drop') return { order: 'drop', attemptId: item.attemptId, why: item.why };
    const { attemptId, ackedSeq, assignment, leaseId } = item.attempt;
    if (item.kind === 'abandon') return this.#abandon(item);
    if (lost.has(leaseId)) {
      this.#deps.attempts.end(attemptId);
      return { order: 'drop', attemptId, why: 'the lease ran out' };
    }
    if (item.kind === 'start') return { order: 'start', assignment };
    const ackedBytes = await this.#deps.streams.sizes(attemptId);
    const ackedConsoleBytes = ackedBytes.console ?? 0;
    return { order: item.kind, attemptId, ackedSeq, ackedConsoleBytes, ackedBytes };
  }

  async #abandon(item: Extract<Reconciliation, { kind: 'abandon' }>): Promise<undefined> {
    const { store, attempts, clock, policy, onFollowUp, log } = this.#deps;
    const { attempt, reason, message } = item;
    log.warn({ attemptId: attempt.attemptId, reason }, message);
    attempts.end(attempt.attemptId);
    const why = { reason, message };
    onFollowUp(await store.attempts.abandon(attempt.attemptId, why, clock.now(), policy));
  }

  async #attach({ agent, features }: Hello, boards: readonly BoardSpec[]): Promise<void> {
    const views = await this.#deps.store.boards.list();
    const healths = new Map(views.map((view) => [view.serial, view.health]));
    const busy = new Map(
      this.#deps.attempts
        .ofAgent(agent)
        .flatMap(({ boardSerials, attemptId }) =>
          boardSerials.map((serial) => [serial, attemptId] as const),
        ),
    );
    const attached = boards.map((spec) => {
      const attemptId = busy.get(spec.serial);
      const health = healths.get(spec.serial) ?? 'good';
      return attemptId === undefined ? { spec, health } : { spec, health, attemptId };
    });
    this.#deps.table.attach(agent, attached, features);
  }
}

function checkProtocol({ protocol, agent }: Hello): void {
  if (protocol === PROTOCOL_VERSION || protocol === PROTOCOL_VERSION - 1) return;
  const older = protocol < PROTOCOL_VERSION ? 'agent' : 'controller';
  const message = `agent ${agent} speaks version ${protocol} of the link, this controller ${PROTOCOL_VERSION}; update the ${older}`;
  throw new FarmError('protocol_mismatch', message);
}
