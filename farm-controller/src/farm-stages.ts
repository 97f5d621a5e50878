import type { Server } from 'socket.io';
import type { FarmEvents } from './farm-events.js';
import { createParts, type FarmParts, type FarmStagesDeps, isAlone } from './farm-parts.js';
import { hearPeers } from './farm-peers.js';

/**
 * The stages between a committed submission and a settled verdict, joined: queue → schedule → lease → dispatch →
 * results. Each stage knows only the store; what one has to tell another passes through the table of events.
 */
export class FarmStages {
  readonly parts: FarmParts;
  readonly #deps: FarmStagesDeps;

  /** The plot of the farm: what happens, and what is done about it. */
  readonly on: FarmEvents = {
    // From a submission to a lease.
    runsQueued: (runs) => this.parts.queue.add(runs),
    runsRequeued: (runs) => void this.parts.queue.add(runs, 'front'),
    workFound: () => this.parts.dispatcher.wake(),
    leaseGranted: (granted, served) => {
      const { cancelled } = this.parts.settlement.granted(granted, served);
      void this.parts.assigner.assign(served.agent, granted.assignment, cancelled);
      this.parts.leases.granted();
    },
    boardTaken: (agent) => this.parts.gateway.resync([agent]),

    // From an attempt's events to a verdict.
    eventsCommitted: (...commit) => this.parts.settlement.committed(...commit),
    leaseExpired: (attempt, followUp) => {
      this.parts.settlement.ended(attempt.attemptId);
      // An agent that is connected and does not renew may still be busy with it: it has to say so before it gets more.
      this.parts.gateway.reconnect(attempt.agent);
      this.on.settled(followUp);
    },
    runsCancelled: (cancelled) => {
      this.on.settled(cancelled);
      for (const { attemptId, agent } of cancelled.running) {
        if (this.parts.gateway.cancel(agent, attemptId, 'cancelled')) continue;
        this.#deps.peers.orders.send('attempt.cancel', { agent, attemptId });
      }
    },
    settled: (followUp) => this.parts.settlement.settle(followUp),
    boardsFreed: (serials) => this.parts.settlement.freed(serials),
    attemptsEnded: (attemptIds) => this.#deps.onEnded(attemptIds),

    // Agents come and go.
    agentWelcomed: (agent) => this.#deps.peers.orders.send('agent.here', { agent }),
    agentLost: (attempts) => this.parts.leases.agentLost(attempts),
    agentMoved: (agent) => this.parts.gateway.movedAway(agent),
    cancelAsked: ({ agent, attemptId }) => {
      this.parts.gateway.cancel(agent, attemptId, 'cancelled');
    },

    // Everyone who watches is told, and so are the stages: by this controller or another one.
    viewsChanged: (change) => this.parts.news.publish({ change }),
    newsTold: ({ change }) => {
      this.parts.settlement.noteHealth(change);
      if (change) this.parts.boards.changed(change);
    },
    inventoryChanged: async (agents) => {
      await this.parts.boards.list(agents);
      // Their next hello brings them their boards; what they run goes on.
      for (const agent of agents) this.parts.gateway.reconnect(agent);
    },
    contactRegained: () => {
      this.parts.rebuilder.request();
      this.#lookAgain().catch((error: unknown) => {
        this.#deps.log.error({ err: error }, 'agents not brought in step after Redis was away');
      });
    },
  };

  constructor(deps: FarmStagesDeps) {
    this.#deps = deps;
    this.parts = createParts(deps, this.on);
    const { news, queue } = this.parts;
    queue.onWork(() => this.on.workFound());
    news.subscribe((told) => this.on.newsTold(told));
    deps.redis.on('ready', () => this.on.contactRegained());
    hearPeers(deps.peers.orders, this.on);
  }

  /** Lists the boards, gives agents their time to reconnect, and fills the queue from the database. */
  async start(io: Server): Promise<void> {
    const { boards, leases, gateway, heartbeat, rebuilder, retention, duties } = this.parts;
    await boards.open();
    await leases.start();
    gateway.attach(io);
    if (isAlone(this.#deps)) await this.#deps.store.duties.disown();
    else heartbeat.start();
    rebuilder.request();
    await retention.start();
    duties.look();
  }

  health(): Record<string, { ok: boolean; detail: string }> {
    const { status } = this.#deps.redis;
    return { redis: { ok: status === 'ready', detail: `connection is ${status}` } };
  }

  /** Takes no more work, lets the agents go, and resolves when nothing is under way. */
  async close(): Promise<void> {
    const { dispatcher, heartbeat, gateway, leases, duties, rebuilder, queue } = this.parts;
    await dispatcher.close();
    await heartbeat.close();
    await gateway.close();
    await leases.close();
    await duties.close();
    await rebuilder.close();
    await queue.close();
  }

  async #lookAgain(): Promise<void> {
    await this.parts.boards.lookForWork();
    await this.parts.gateway.resync();
  }
}
