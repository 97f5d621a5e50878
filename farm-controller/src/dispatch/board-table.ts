import type { BoardSpec, Health } from '@greenrack/farm-protocol';

interface Slot {
  readonly agent: string;
  readonly spec: BoardSpec;
  online: boolean;
  health: Health;
  /** The attempt that holds the board. */
  attemptId: string | undefined;
}

/** A board that waits for work. */
export interface IdleBoard {
  readonly spec: BoardSpec;
  /** It is to be given its health check, and nothing else. */
  readonly suspect: boolean;
}

/** What an agent brings along when it connects. */
export interface AttachedBoard {
  readonly spec: BoardSpec;
  readonly health: Health;
  readonly attemptId?: string;
}

/**
 * Boards that the agents connected to this controller serve, and who uses them. In memory only and a little optimistic:
 * the database decides whether a board really is free when the lease is granted.
 */
export class BoardTable {
  readonly #slots = new Map<string, Slot>();
  /** Boards that a decision is being carried out for; kept over a reconnection of the agent. */
  readonly #claims = new Set<string>();
  readonly #joins = new Set<string>();

  /** The agent is here; its boards are offline until it has reported on them. */
  attach(agent: string, boards: readonly AttachedBoard[], features: readonly string[] = []): void {
    this.detach(agent);
    if (features.includes('partners')) this.#joins.add(agent);
    for (const { spec, health, attemptId } of boards)
      this.#slots.set(spec.serial, { agent, spec, health, online: false, attemptId });
  }

  detach(agent: string): void {
    this.#joins.delete(agent);
    for (const [serial, slot] of this.#slots) if (slot.agent === agent) this.#slots.delete(serial);
  }

  /** Agents that run the images of an attempt on several boards. */
  get joining(): ReadonlySet<string> {
    return this.#joins;
  }

  /** False when the agent does not serve that board. */
  setOnline(agent: string, serial: string, online: boolean): boolean {
    const slot = this.#slots.get(serial);
    if (!slot || slot.agent !== agent) return false;
    slot.online = online;
    return true;
  }

  setHealth(serial: string, health: Health): void {
    const slot = this.#slots.get(serial);
    if (slot) slot.health = health;
  }

  has(serial: string): boolean {
    return this.#slots.has(serial);
  }

  agentOf(serial: string): string | undefined {
    return this.#slots.get(serial)?.agent;
  }

  nameOf(serial: string): string | undefined {
    return this.#slots.get(serial)?.spec.name;
  }

  /** Online, in good health or suspect, and not in use. */
  idle(): IdleBoard[] {
    const idle: IdleBoard[] = [];
    for (const { spec, health, online, attemptId } of this.#slots.values())
      if (online && (health === 'good' || health === 'suspect') && !attemptId)
        if (!this.#claims.has(spec.serial)) idle.push({ spec, suspect: health === 'suspect' });
    return idle;
  }

  /** Reserves an idle board before anything is awaited. */
  claim(serial: string): void {
    this.#claims.add(serial);
  }

  /** The decision came to nothing. */
  release(serial: string): void {
    this.#claims.delete(serial);
  }

  /**
   * Whether a claimed board can still be given work: its agent may have gone meanwhile, and the trust in it.
   * `healthCheck`: the work is to examine it.
   */
  isServable(serial: string, healthCheck = false): boolean {
    const slot = this.#slots.get(serial);
    if (!slot?.online || slot.attemptId) return false;
    return slot.health === (healthCheck ? 'suspect' : 'good');
  }

  /** The board runs this attempt now. */
  begin(serial: string, attemptId: string): void {
    this.#claims.delete(serial);
    const slot = this.#slots.get(serial);
    if (slot) slot.attemptId = attemptId;
  }

  /** The board is free again; with `attemptId` only when that is what it ran. */
  end(serial: string, attemptId?: string): void {
    const slot = this.#slots.get(serial);
    if (slot && (attemptId === undefined || slot.attemptId === attemptId))
      slot.attemptId = undefined;
  }

  /** Numbers for the metrics. */
  counts(): { boards: number; online: number; busy: number } {
    const slots = [...this.#slots.values()];
    return {
      boards: slots.length,
      online: slots.filter((slot) => slot.online).length,
      busy: slots.filter((slot) => slot.attemptId !== undefined).length,
    };
  }
}
