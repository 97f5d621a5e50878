import { meetsRequirement } from '@greenrack/board-inventory';
import { boardLabel } from '@greenrack/farm-model';
import type { BoardView, Requirement, RunView } from '@greenrack/farm-protocol';
import type { BoardNeed, Store } from '../store/ports.js';
import { SharedWork } from '../timing/shared-work.js';

/** Why a run waits, for people. */
export interface Waiting {
  readonly reason: string;
  /** 1 is the next of its lane. */
  readonly position: number;
  /** Until a board is likely to take it; null while no run of this kind has been measured. */
  readonly etaMs: number | null;
  /** No board can take it until one comes back. */
  readonly blocked?: boolean;
}

/** Causes named in one sentence; a farm with 500 dead boards does not need 500 of them. */
const MAX_CAUSES = 3;

/**
 * Explains runs that wait, from what the store knows of boards and earlier runs. Whoever watches one asks again with
 * every change of a board: all who do share what is read.
 */
export class WaitingExplainer {
  readonly #store: Pick<Store, 'queue' | 'boards'>;
  readonly #explanations = new SharedWork<Waiting | null>();
  readonly #boards = new SharedWork<readonly BoardView[]>();

  constructor(store: Pick<Store, 'queue' | 'boards'>) {
    this.#store = store;
  }

  /** Null when the run does not wait (any more). */
  explain(run: RunView): Promise<Waiting | null> {
    return this.#explanations.run(run.id, () => this.#explain(run));
  }

  async #explain(run: RunView): Promise<Waiting | null> {
    const { queue } = this.#store;
    const place = await queue.place(run.id);
    if (!place) return null;
    const { position } = place;
    const { boards: fit, reason } = explained(await this.#allBoards(), place);
    const typicalMs = await queue.typicalDurationMs(run.imageName, run.requirement.target);
    const usable = fit.filter(isUsable);
    const blocked = usable.length === 0;
    const eta = etaMs(usable, position, typicalMs);
    return { reason, position, etaMs: eta, ...(blocked && { blocked }) };
  }

  /** Reads the boards once; the function says why none of them took a run with that need. */
  async reasons(): Promise<(need: BoardNeed) => string> {
    const all = await this.#allBoards();
    return (need) => explained(all, need).reason;
  }

  #allBoards(): Promise<readonly BoardView[]> {
    return this.#boards.run('all', () => this.#store.boards.list());
  }
}

/** The boards that a run waits for, and why it has none of them yet. */
function explained(
  all: readonly BoardView[],
  { requirement, partners, avoid = [], healthCheck = false }: BoardNeed,
): { boards: readonly BoardView[]; reason: string } {
  const found = fitting(all, requirement);
  const fit = healthCheck ? found.map(asTrusted) : found;
  if (partners) {
    const needed = partners.length + 1;
    const reason = `it needs ${needed} boards of one agent at the same time; of those for its own image, ${whyWaiting(fit)}`;
    return { boards: fit, reason };
  }
  const others = fit.filter(({ serial }) => !avoid.includes(serial));
  if (others.length === fit.length) return { boards: fit, reason: whyWaiting(fit) };
  const failed = `the infrastructure failed it on ${avoid.join(', ')}`;
  if (!others.some(isUsable))
    return { boards: fit, reason: `${failed}, and no other board can take it: ${whyWaiting(fit)}` };
  return {
    boards: others,
    reason: `${failed}, so another board is to take it: ${whyWaiting(others)}`,
  };
}

function fitting(boards: readonly BoardView[], requirement: Requirement): BoardView[] {
  return boards.filter((view) => {
    const { serial, target, model, tags, fixtures, driver } = view;
    const wiring = { driver, params: {} };
    return meetsRequirement({ serial, target, model, tags, fixtures, wiring }, requirement);
  });
}

/** To its health check a suspect board is as good as any. */
function asTrusted(board: BoardView): BoardView {
  return board.health === 'suspect' ? { ...board, health: 'good' } : board;
}

function isUsable(board: BoardView): boolean {
  return board.availability !== 'offline' && board.health === 'good';
}

function whyWaiting(fit: readonly BoardView[]): string {
  if (fit.length === 0) return 'no board of the farm meets the requirement any more';
  const usable = fit.filter(isUsable);
  if (usable.length === 0) return `${count(fit.length)} out of service: ${causes(fit)}`;
  const busy = usable.filter((board) => board.availability === 'leased').length;
  const out = fit.length - usable.length;
  const rest = out > 0 ? `; ${count(out)} out of service` : '';
  if (busy < usable.length) return `a board is free and about to take it${rest}`;
  return `${count(busy)} busy${rest}`;
}

function causes(boards: readonly BoardView[]): string {
  const named = boards.map(({ availability, health, cause, healthCause = cause, ...board }) =>
    health === 'good'
      ? `${boardLabel(board)} is ${availability} (${cause})`
      : `${boardLabel(board)} is ${health} (${healthCause})`,
  );
  const more = named.length - MAX_CAUSES;
  return named.slice(0, MAX_CAUSES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function count(boards: number): string {
  return boards === 1 ? '1 board' : `${boards} boards`;
}

/** Rounds of the usable boards before this run's turn, each as long as such runs typically take. */
function etaMs(usable: readonly BoardView[], position: number, typicalMs?: number): number | null {
  if (usable.length === 0 || typicalMs === undefined) return null;
  const free = usable.filter((board) => board.availability === 'idle').length;
  const behind = Math.max(0, position - free);
  return Math.round(Math.ceil(behind / usable.length) * typicalMs);
}
