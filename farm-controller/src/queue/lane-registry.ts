import type { QueuedRun } from '../store/ports.js';
import type { LaneSnapshot } from './job-queue.js';
import { laneKey } from './lane-key.js';

type LaneNeed = Pick<QueuedRun, 'lane' | 'requirement' | 'partners' | 'avoid' | 'healthCheck'>;

interface LaneEntry extends LaneNeed {
  /** Runs known to wait with their creation, next one first as far as we know. */
  readonly waiting: Map<string, number>;
  /** Takes that are under way: each will most likely remove one of `waiting`. */
  taking: number;
  /** Grows whenever work is added: an "empty" answer older than that is no news. */
  version: number;
}

/**
 * Which lanes have work, without asking Redis. It may believe in work that another controller took (a take then finds
 * nothing and clears the lane), but never overlooks work.
 */
export class LaneRegistry {
  readonly #lanes = new Map<string, LaneEntry>();

  add(runs: readonly QueuedRun[], place: 'front' | 'back'): void {
    for (const run of runs) {
      const entry = this.#entry(run);
      entry.version++;
      if (place === 'front') this.#toFront(entry, run);
      else entry.waiting.set(run.runId, run.createdMs);
    }
  }

  /** Notes that a take begins; the version goes back into {@link endTake}. */
  beginTake(key: string): number | undefined {
    const entry = this.#lanes.get(key);
    if (!entry) return undefined;
    entry.taking++;
    return entry.version;
  }

  /** Result of a take: a run id, `undefined` for an empty lane, or `failed` when nothing is known. */
  endTake(key: string, version: number, result: { runId: string | undefined } | 'failed'): void {
    const entry = this.#lanes.get(key);
    if (!entry) return;
    entry.taking--;
    if (result === 'failed') return;
    if (result.runId !== undefined) entry.waiting.delete(result.runId);
    else if (entry.version === version) entry.waiting.clear();
  }

  /** Another controller took these. */
  forget(key: string, runIds: readonly string[]): void {
    const entry = this.#lanes.get(key);
    for (const runId of runIds) entry?.waiting.delete(runId);
  }

  /** Removes a lane without work. False when it has some. */
  drop(key: string): boolean {
    const entry = this.#lanes.get(key);
    if (entry && (entry.waiting.size > 0 || entry.taking > 0)) return false;
    this.#lanes.delete(key);
    return true;
  }

  /** What all runs of the lane have in common. */
  get(key: string): LaneNeed | undefined {
    const entry = this.#lanes.get(key);
    return entry && needOf(entry);
  }

  keys(): string[] {
    return [...this.#lanes.keys()];
  }

  snapshot(): LaneSnapshot[] {
    const lanes: LaneSnapshot[] = [];
    for (const [key, entry] of this.#lanes) {
      const { waiting, taking } = entry;
      const oldest = waiting.values().next();
      if (oldest.done || waiting.size <= taking) continue;
      lanes.push({
        key,
        ...needOf(entry),
        waiting: waiting.size - taking,
        oldestMs: oldest.value,
      });
    }
    return lanes;
  }

  #entry(run: QueuedRun): LaneEntry {
    const key = laneKey(run.lane);
    const known = this.#lanes.get(key);
    if (known) return known;
    const entry = { ...needOf(run), waiting: new Map(), taking: 0, version: 0 };
    this.#lanes.set(key, entry);
    return entry;
  }

  /** Rare (retries), so the copy of the lane does not matter. */
  #toFront(entry: LaneEntry, run: QueuedRun): void {
    const rest = [...entry.waiting];
    entry.waiting.clear();
    entry.waiting.set(run.runId, run.createdMs);
    for (const [id, createdMs] of rest) if (id !== run.runId) entry.waiting.set(id, createdMs);
  }
}

function needOf({ lane, requirement, partners, avoid, healthCheck }: LaneNeed): LaneNeed {
  return {
    ...{ lane, requirement },
    ...(partners && { partners }),
    ...(avoid && { avoid }),
    ...(healthCheck && { healthCheck }),
  };
}
