import type { Logger } from 'pino';
import type { Change, Store } from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';

/** Says per TTL that agents are here: two may go wrong. */
const SAYS = 3;

export interface AgentPresenceDeps {
  readonly controllerId: string;
  readonly store: Pick<Store, 'agents' | 'boards'>;
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
 * For controllers that share a database: each says again and again, while it lives, which agents are connected to it,
 * and takes the boards offline whose controller has fallen silent. Nobody else would: the agent may have died with it.
 *
 * After a start, and when this controller could not say its own in time, the others get a full TTL before anything is
 * missed: what kept this one may have kept them.
 */
export class AgentPresence {
  readonly #deps: AgentPresenceDeps;
  readonly #timer: ArmedTimer;
  #working: Promise<void> = Promise.resolve();
  /** Since when all has gone well. */
  #steadySinceMs = 0;

  constructor(deps: AgentPresenceDeps) {
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
      await this.#say();
      // Too late, whether this process, its clock or the database was to blame; and a clock may be set back.
      const offMs = Math.max(Math.abs(lateMs), Math.abs(clock.now() - fromMs));
      if (offMs > ttlMs / SAYS) this.#steadySinceMs = clock.now();
      if (clock.now() - this.#steadySinceMs >= ttlMs) await this.#miss();
    } catch (error) {
      log.error({ err: error, retryInMs: ttlMs / SAYS }, 'presence of agents not kept');
      this.#steadySinceMs = clock.now();
    }
    this.#arm();
  }

  #arm(): void {
    const { clock, ttlMs } = this.#deps;
    this.#timer.armBy(clock.now() + ttlMs / SAYS);
  }

  async #say(): Promise<void> {
    const { agents, reconnect, log } = this.#deps;
    const lost = new Set(await this.#stay(agents()));
    // One that has come back meanwhile is here by the database too.
    for (const agent of await this.#stay(agents().filter((name) => lost.has(name)))) {
      log.warn({ agent }, 'the database does not have this agent here: it is to say hello again');
      reconnect(agent);
    }
  }

  #stay(agents: readonly string[]): Promise<string[]> {
    const { controllerId, store, clock, ttlMs } = this.#deps;
    return store.agents.stay(controllerId, agents, clock.now() + ttlMs);
  }

  async #miss(): Promise<void> {
    const { store, onChange, clock, log } = this.#deps;
    const { agents, change } = await store.boards.agentsLapsed(clock.now());
    if (agents.length === 0) return;
    log.warn({ agents }, 'the controller of these agents is gone: their boards are offline');
    onChange(change);
  }
}
