import type { Logger } from 'pino';
import type { Change, Store } from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';

/** Heartbeats per TTL: two may go wrong. */
const BEATS = 3;

export interface AgentHeartbeatDeps {
  readonly controllerId: string;
  readonly store: Pick<Store, 'agents'>;
  /** How long the word of a controller holds, in milliseconds. */
  readonly ttlMs: number;
  /** Agents that are connected here. */
  readonly agents: () => string[];
  /** The database has this agent elsewhere or nowhere: it is to say hello again. */
  readonly reconnect: (agent: string) => void;
  readonly onChange: (change: Change) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * For controllers that share a database: each writes a heartbeat for the agents that are connected to it, while it lives,
 * and takes the boards offline whose controller has fallen silent. Nobody else would: the agent may have died with it.
 *
 * After a start, and when this controller's own heartbeat came late, the others get a full TTL before anything is
 * taken offline: what kept this one may have kept them.
 */
export class AgentHeartbeat {
  readonly #deps: AgentHeartbeatDeps;
  readonly #timer: ArmedTimer;
  #working: Promise<void> = Promise.resolve();
  /** Since when all has gone well. */
  #steadySinceMs = 0;

  constructor(deps: AgentHeartbeatDeps) {
    this.#deps = deps;
    this.#timer = new ArmedTimer(deps.clock, (lateMs) => {
      this.#working = this.#turn(lateMs);
    });
  }

  start(): void {
    this.#steadySinceMs = this.#deps.clock.now();
    this.#arm();
  }

  /** Stops; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#timer.close();
    await this.#working;
  }

  async #turn(lateMs: number): Promise<void> {
    const { clock, ttlMs, log } = this.#deps;
    const fromMs = clock.now();
    try {
      await this.#beat();
      // Too late, whether this process, its clock or the database was to blame; and a clock may be set back.
      const offMs = Math.max(Math.abs(lateMs), Math.abs(clock.now() - fromMs));
      if (offMs > ttlMs / BEATS) this.#steadySinceMs = clock.now();
      if (clock.now() - this.#steadySinceMs >= ttlMs) await this.#endLapsed();
    } catch (error) {
      log.error({ err: error, retryInMs: ttlMs / BEATS }, 'heartbeat of agents not written');
      this.#steadySinceMs = clock.now();
    }
    this.#arm();
  }

  #arm(): void {
    const { clock, ttlMs } = this.#deps;
    this.#timer.armBy(clock.now() + ttlMs / BEATS);
  }

  async #beat(): Promise<void> {
    const { agents, reconnect, log } = this.#deps;
    const lost = new Set(await this.#write(agents()));
    // One that has come back meanwhile is here by the database too.
    for (const agent of await this.#write(agents().filter((name) => lost.has(name)))) {
      log.warn({ agent }, 'the database does not have this agent here: it is to say hello again');
      reconnect(agent);
    }
  }

  #write(agents: readonly string[]): Promise<string[]> {
    const { controllerId, store, clock, ttlMs } = this.#deps;
    return store.agents.heartbeat(controllerId, agents, clock.now() + ttlMs);
  }

  async #endLapsed(): Promise<void> {
    const { store, onChange, clock, log } = this.#deps;
    const { agents, change } = await store.agents.lapsed(clock.now());
    if (agents.length === 0) return;
    log.warn({ agents }, 'the controller of these agents is gone: their boards are offline');
    onChange(change);
  }
}
