import type { Logger } from 'pino';
import type { FollowUp, LeaseKey, OpenAttempt, SettlementPolicy, Store } from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';
import type { Leases } from './leases.js';

/** After a failed look at the database. */
const RETRY_MS = 1_000;
/** Share of the TTL by which a look at the leases may come late before the lateness is the controller's own fault. */
const LATE_SHARE = 0.25;

export interface LeaseKeeperDeps {
  readonly leases: Leases;
  readonly store: Pick<Store, 'agents'>;
  readonly clock: Clock;
  /** How long a lease lives without renewal, in ms. */
  readonly ttlMs: number;
  readonly policy: SettlementPolicy;
  /** An attempt was given up; its board may be free and its run may wait again. */
  readonly onExpired: (attempt: OpenAttempt, followUp: FollowUp) => void;
  readonly log: Logger;
}

/** What the keeper has to know of an attempt whose agent is out of reach. */
export interface OrphanedAttempt extends LeaseKey {
  readonly agent: string;
  /** When the attempt must be over, whatever happens on the board; in ms since the epoch. */
  readonly boundMs: number;
}

/**
 * Lets leases live exactly as long as they may.
 *
 * - A connected agent renews; without renewal for the TTL the attempt is given up as `agentLost`.
 * - An agent that lost contact goes on with its run and keeps the results: each of its leases is extended until the
 *   attempt's own time limit has passed, plus one TTL to reconnect and report.
 * - After a start of the controller every agent has one full TTL to reconnect, whatever the leases say; and so it has
 *   when the controller stood still or its clock leapt, for then nobody could renew in time.
 *
 * One timer stands at the next expiry, a TTL ahead at most: another controller may have granted a lease and died.
 */
export class LeaseKeeper {
  readonly #deps: LeaseKeeperDeps;
  readonly #timer: ArmedTimer;
  #working: Promise<void> = Promise.resolve();

  constructor(deps: LeaseKeeperDeps) {
    this.#deps = deps;
    this.#timer = new ArmedTimer(deps.clock, (lateMs) => {
      // A grant may arm the timer while leases are being given up: none is given up twice at once.
      this.#working = this.#working.then(() => this.#expire(lateMs));
    });
  }

  /** Gives every agent its time to reconnect, then watches. Call before anything can expire a lease. */
  async start(): Promise<void> {
    await this.#extendAll();
    await this.#armNext();
  }

  /** A lease was granted now. */
  granted(): void {
    this.#timer.armBy(this.#deps.clock.now() + this.#deps.ttlMs);
  }

  /** Renews leases of an agent for one TTL; answers the ids of those that are lost to it. */
  async renew(agent: string, leases: readonly LeaseKey[]): Promise<string[]> {
    if (leases.length === 0) return [];
    const { leases: held, clock, ttlMs } = this.#deps;
    return held.renew(agent, leases, clock.now() + ttlMs);
  }

  /** The agent of these attempts is gone: keeps their leases while it may still come back and report. */
  async agentLost(attempts: readonly OrphanedAttempt[]): Promise<void> {
    const { leases, clock, ttlMs } = this.#deps;
    for (const { agent, leaseId, fence, boundMs } of attempts) {
      const untilMs = Math.max(clock.now(), boundMs) + ttlMs;
      await leases.renew(agent, [{ leaseId, fence }], untilMs);
    }
  }

  async close(): Promise<void> {
    this.#timer.close();
    await this.#working;
  }

  async #extendAll(): Promise<void> {
    const { leases, store, clock, ttlMs } = this.#deps;
    const untilMs = clock.now() + ttlMs;
    for (const agent of await store.agents.list()) await leases.extendForAgent(agent.name, untilMs);
  }

  async #expire(lateMs: number): Promise<void> {
    const { leases, clock, ttlMs, log } = this.#deps;
    try {
      if (lateMs > ttlMs * LATE_SHARE) {
        log.warn({ lateMs }, 'the controller stood still or its clock leapt: leases live longer');
        await this.#extendAll();
      }
      for (const attempt of await leases.expired(clock.now())) await this.#giveUp(attempt);
      await this.#armNext();
    } catch (error) {
      log.error({ err: error, retryInMs: RETRY_MS }, 'expired leases not handled');
      this.#timer.armBy(clock.now() + RETRY_MS);
    }
  }

  async #giveUp(attempt: OpenAttempt): Promise<void> {
    const { leases, clock, policy, onExpired, log } = this.#deps;
    const { attemptId, agent, boardSerial } = attempt;
    const message = `agent ${agent} did not report on board ${boardSerial} before its lease ran out; check that it runs and reaches the controller`;
    const followUp = await leases.expire(attemptId, message, clock.now(), policy);
    // Renewed or reported in the meantime.
    if (!followUp) return;
    log.warn({ attemptId, agent, boardSerial }, 'lease expired');
    onExpired(attempt, followUp);
  }

  async #armNext(): Promise<void> {
    const { leases, clock, ttlMs } = this.#deps;
    const next = await leases.nextExpiryMs();
    this.#timer.armBy(Math.min(next ?? Infinity, clock.now() + ttlMs));
  }
}
