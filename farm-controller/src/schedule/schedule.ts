import { meetsRequirement, placeOnBoards } from '@greenrack/board-inventory';
import type { BoardSpec } from '@greenrack/farm-protocol';
import { boardRarity } from './board-rarity.js';
import type { LaneSummary, TenantUsage } from './lane-summary.js';
import { compareLanes } from './rank-lanes.js';
import { MIN_CHARGE_MS } from './tenant-meter.js';

export interface ScheduleState {
  /** Boards that may be given work now: idle, online, and in good health or suspect. */
  readonly idle: readonly BoardSpec[];
  /** Serials of those that are suspect: they take their health check and nothing else, and nobody else takes it. */
  readonly suspect: ReadonlySet<string>;
  /** Serials of all boards of the farm that are online and in good health, busy or not. */
  readonly usable: ReadonlySet<string>;
  readonly lanes: readonly LaneSummary[];
  readonly usage: TenantUsage;
  /** Agents here that take runs of several boards. Default none. */
  readonly joining?: ReadonlySet<string>;
}

/** `boardSerial` is to serve the first of `lanes` that still has work when it gets there. */
export interface Decision {
  readonly boardSerial: string;
  /** Boards beside it, for a run that needs several. */
  readonly partners?: readonly string[];
  readonly lanes: readonly LaneSummary[];
}

/** Requirement classes that are remembered; more than this many in use at once would be odd. */
const MAX_CLASSES = 5_000;

/**
 * The part of the schedule that only changes with the inventory: how rare each board is, and which boards can serve
 * which lane. Boards are compared by serial; make a new one when boards were added, removed or rewired.
 */
export class ScheduleIndex {
  readonly #rarity: ReadonlyMap<string, number>;
  readonly #able = new Map<string, LaneBoards>();
  readonly #boards: readonly BoardSpec[];

  /** All boards by the agents that have them. */
  readonly racks: ReadonlyMap<string, readonly BoardSpec[]>;

  /** `boards`: all of the farm, busy and offline ones too: they decide what is scarce. */
  constructor(
    boards: readonly BoardSpec[],
    racks: ReadonlyMap<string, readonly BoardSpec[]> = new Map(),
  ) {
    this.#boards = boards;
    this.#rarity = boardRarity(boards);
    this.racks = racks;
  }

  rarity(serial: string): number {
    return this.#rarity.get(serial) ?? 0;
  }

  /**
   * Serials of the boards that may serve the lane: those that meet its requirement; without the ones that it avoids, as
   * long as one of the others is among the `usable`. A run would rather have a board that failed it than wait for ever.
   */
  able(lane: LaneSummary, usable: ReadonlySet<string>): ReadonlySet<string> {
    const { fitting, preferred } = this.#boardsOf(lane);
    if (preferred === fitting) return fitting;
    for (const serial of preferred) if (usable.has(serial)) return preferred;
    return fitting;
  }

  #boardsOf(lane: LaneSummary): LaneBoards {
    const { requirementClass } = lane.lane;
    const known = this.#able.get(requirementClass);
    if (known) return known;
    if (this.#able.size >= MAX_CLASSES) this.#able.clear();
    const fit = this.#boards.filter((board) => meetsRequirement(board, lane.requirement));
    const fitting = new Set(fit.map((board) => board.serial));
    const avoid = new Set(lane.avoid);
    const preferred = avoid.size > 0 ? new Set([...fitting].filter((s) => !avoid.has(s))) : fitting;
    const boards = { fitting, preferred };
    this.#able.set(requirementClass, boards);
    return boards;
  }
}

/** Serials of the boards that meet a lane's requirement, and of those that it does not avoid. */
interface LaneBoards {
  readonly fitting: ReadonlySet<string>;
  readonly preferred: ReadonlySet<string>;
}

/** The lanes that `serial` can serve, in the order in which they are due. */
export function chooseLane(
  serial: string,
  state: Omit<ScheduleState, 'idle'>,
  index: ScheduleIndex,
): LaneSummary[] {
  return state.lanes
    .filter(
      (lane) =>
        !lane.partners &&
        isTrustedFor(lane, serial, state) &&
        index.able(lane, state.usable).has(serial),
    )
    .sort((a, b) => compareLanes(a, b, state.usage));
}

/**
 * Gives idle boards to waiting runs. Lane by lane in the order of {@link compareLanes}; a lane gets the board that is
 * missed least: the one with the fewest rare fixtures and tags, then the one that fewest waiting lanes ask for. So a
 * run that any board can do leaves the only one with the rare fixture free, while plain boards are idle.
 * A run that needs several boards takes them when they are free together. When its turn comes and they are not, the free
 * ones are kept for it in this round: what is due later cannot take them one by one from under it.
 * Pure: the same input gives the same decisions.
 */
export function schedule(state: ScheduleState, index: ScheduleIndex): Decision[] {
  const boards = new Map(state.idle.map((board) => [board.serial, board]));
  const lanes = openLanes(state, index, boards);
  const demand = demandOf(lanes);
  const usage = new Map(state.usage);
  const decisions: Decision[] = [];
  while (boards.size > 0) {
    const lane = nextLane(lanes, usage);
    if (!lane) break;
    if (lane.summary.partners) {
      const gang = placeGang(lane.summary, boards, state, index);
      for (const serial of gang.boards) boards.delete(serial);
      lane.left = gang.complete ? lane.left - 1 : 0;
      const [boardSerial, ...partners] = gang.boards;
      if (!gang.complete || boardSerial === undefined) continue;
      charge(usage, lane.summary, gang.boards.length);
      decisions.push({ boardSerial, partners, lanes: [lane.summary] });
      continue;
    }
    const serial = leastMissed(lane.able, boards, (s) => [index.rarity(s), demand.get(s) ?? 0]);
    if (serial === undefined) {
      lane.left = 0;
      continue;
    }
    lane.left--;
    boards.delete(serial);
    charge(usage, lane.summary, 1);
    decisions.push({
      boardSerial: serial,
      lanes: withFallbacks(serial, lane.summary, state, index),
    });
  }
  return decisions;
}

function charge(usage: Map<string, number>, { lane }: LaneSummary, boards: number): void {
  usage.set(lane.tenant, (usage.get(lane.tenant) ?? 0) + boards * MIN_CHARGE_MS);
}

/**
 * The boards for a run that needs several, all of one agent: `complete` when all are idle, otherwise the idle ones of the
 * rack that lacks fewest.
 */
function placeGang(
  { requirement, partners = [] }: LaneSummary,
  idle: ReadonlyMap<string, BoardSpec>,
  { usable, joining = new Set(), suspect }: ScheduleState,
  index: ScheduleIndex,
): { complete: boolean; boards: string[] } {
  const needs = [requirement, ...partners];
  let best: string[] = [];
  for (const agent of joining) {
    const rack = (index.racks.get(agent) ?? []).filter(({ serial }) => usable.has(serial));
    const isFree = ({ serial }: BoardSpec): boolean => idle.has(serial) && !suspect.has(serial);
    const byRarity = [...rack].sort((a, b) => index.rarity(a.serial) - index.rarity(b.serial));
    const free = byRarity.filter(isFree);
    const now = placeOnBoards(needs, free);
    if (now) return { complete: true, boards: now.map(({ serial }) => serial) };
    const later = placeOnBoards(needs, [...free, ...byRarity.filter((one) => !isFree(one))]) ?? [];
    const kept = later.filter(isFree).map(({ serial }) => serial);
    if (kept.length > best.length) best = kept;
  }
  return { complete: false, boards: best };
}

function isTrustedFor(
  { healthCheck = false }: LaneSummary,
  serial: string,
  { suspect }: Pick<ScheduleState, 'suspect'>,
): boolean {
  return suspect.has(serial) === healthCheck;
}

interface OpenLane {
  readonly summary: LaneSummary;
  /** Idle boards that can serve it. */
  readonly able: readonly string[];
  left: number;
}

function openLanes(
  state: ScheduleState,
  index: ScheduleIndex,
  boards: ReadonlyMap<string, BoardSpec>,
): OpenLane[] {
  return state.lanes.map((summary) => {
    const able = index.able(summary, state.usable);
    const idle = [...boards.keys()].filter(
      (serial) => able.has(serial) && isTrustedFor(summary, serial, state),
    );
    const isServable = idle.length > 0 || summary.partners;
    return { summary, able: idle, left: isServable ? summary.waiting : 0 };
  });
}

function demandOf(lanes: readonly OpenLane[]): Map<string, number> {
  const demand = new Map<string, number>();
  for (const lane of lanes)
    if (lane.left > 0)
      for (const serial of lane.able) demand.set(serial, (demand.get(serial) ?? 0) + 1);
  return demand;
}

function nextLane(lanes: readonly OpenLane[], usage: TenantUsage): OpenLane | undefined {
  let best: OpenLane | undefined;
  for (const lane of lanes)
    if (lane.left > 0 && (!best || compareLanes(lane.summary, best.summary, usage) < 0))
      best = lane;
  return best;
}

function leastMissed(
  able: readonly string[],
  idle: ReadonlyMap<string, unknown>,
  cost: (serial: string) => readonly [number, number],
): string | undefined {
  let best: { serial: string; cost: readonly [number, number] } | undefined;
  for (const serial of able) {
    if (!idle.has(serial)) continue;
    const own = cost(serial);
    const order = best ? own[0] - best.cost[0] || own[1] - best.cost[1] : -1;
    if (order < 0 || (order === 0 && best && serial < best.serial)) best = { serial, cost: own };
  }
  return best?.serial;
}

/** Another controller may have emptied the lane meanwhile: the board then tries what is due next. */
function withFallbacks(
  serial: string,
  first: LaneSummary,
  state: ScheduleState,
  index: ScheduleIndex,
): LaneSummary[] {
  return [first, ...chooseLane(serial, state, index).filter((lane) => lane !== first)];
}
