import type { BoardSpec, Health } from '@greenrack/farm-protocol';

interface Slot {
  readonly agent: string;
  readonly spec: BoardSpec;
  online: boolean;
  health: Health;
  /** The attempt that holds the board. */
  attemptId: string | undefined;
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

  /** The agent is here; its boards are offline until it has reported on them. */
  attach(agent: string, boards: readonly AttachedBoard[]): void {
    this.detach(agent);
    for (const { spec, health, attemptId } of boards)
      this.#slots.set(spec.serial, { agent, spec, health, online: false, attemptId });
  }

  detach(agent: string): void {
    for (const [serial, slot] of this.#slots) if (slot.agent === agent) this.#slots.delete(serial);
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

  healthOf(serial: string): Health | undefined {
    return this.#slots.get(serial)?.health;
  }

  /** Online, in good health, and not in use. */
  idle(): BoardSpec[] {
    const idle: BoardSpec[] = [];
    for (const slot of this.#slots.values())
      if (isUsable(slot) && !this.#claims.has(slot.spec.serial) && !slot.attemptId)
        idle.push(slot.spec);
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

  /** Whether a claimed board can still be given work: its agent may have gone meanwhile. */
  isServable(serial: string): boolean {
    const slot = this.#slots.get(serial);
    return slot !== undefined && isUsable(slot) && !slot.attemptId;
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

function isUsable(slot: Slot): boolean {
  return slot.online && slot.health === 'good';
}
