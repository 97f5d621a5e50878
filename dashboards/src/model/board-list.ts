import { boardLabel } from '@greenrack/farm-model';
import type { AgentView, Availability, BoardView, Health } from '@greenrack/farm-protocol';

export interface BoardCounts {
  readonly total: number;
  /** Ready for a run: a board that nobody trusts rests, but is not idle. */
  readonly idle: number;
  readonly leased: number;
  readonly offline: number;
  readonly unwell: number;
}

export interface BoardGroup {
  readonly agent: string;
  /** Unknown until the agents have been read. */
  readonly view: AgentView | undefined;
  readonly boards: readonly BoardView[];
  readonly counts: BoardCounts;
}

/** A board that somebody should look at. */
export function isUnwell(board: BoardView): boolean {
  return board.health !== 'good';
}

/** Why a board is as it is: that it is not trusted matters more than what happened to it since. */
export function causeWords({ cause, healthCause = cause }: BoardView): string {
  return healthCause;
}

/** Whether a board is counted, and found, under an availability. */
function isOf(board: BoardView, availability: Availability): boolean {
  return board.availability === availability && (availability !== 'idle' || !isUnwell(board));
}

/** Counts by availability, and how many are not in good health. */
export function countBoards(boards: Iterable<BoardView>): BoardCounts {
  const counts = { total: 0, idle: 0, leased: 0, offline: 0, unwell: 0 };
  for (const board of boards) {
    counts.total += 1;
    if (isOf(board, board.availability)) counts[board.availability] += 1;
    if (isUnwell(board)) counts.unwell += 1;
  }
  return counts;
}

const natural = new Intl.Collator('en', { numeric: true });

/** What a count on the wall is a count of, as a filter. */
export const COUNT_FILTERS: Readonly<Record<keyof BoardCounts, string>> = {
  total: '',
  leased: 'state:leased',
  idle: 'state:idle health:good',
  offline: 'state:offline',
  unwell: '-health:good',
};

/** Boards that are out of service for one and the same reason. */
export interface OutGroup {
  readonly key: string;
  readonly sign: Availability | Health;
  readonly cause: string;
  readonly sinceMs: number;
  readonly boards: readonly BoardView[];
}

const OUT_ORDER: readonly (Availability | Health)[] = [
  'quarantined',
  'suspect',
  'offline',
  'maintenance',
];

/** What a board shows first: why it is out, else what it does. */
export function boardSign({ availability, health }: BoardView): Availability | Health {
  return health === 'good' || availability === 'offline' ? availability : health;
}

/** Why boards are out of service: the worst first, boards of one rack that share a cause together. */
export function outOfService(boards: Iterable<BoardView>): OutGroup[] {
  const groups = new Map<string, BoardView[]>();
  for (const board of boards) {
    if (board.availability !== 'offline' && !isUnwell(board)) continue;
    const key = JSON.stringify([boardSign(board), causeWords(board), board.agent]);
    const group = groups.get(key);
    if (group) group.push(board);
    else groups.set(key, [board]);
  }
  return [...groups]
    .flatMap(([key, members]): OutGroup[] => {
      const [first] = members;
      if (!first) return [];
      const sinceMs = Math.min(...members.map((board) => board.sinceMs));
      return [{ key, sign: boardSign(first), cause: causeWords(first), sinceMs, boards: members }];
    })
    .sort((a, b) => OUT_ORDER.indexOf(a.sign) - OUT_ORDER.indexOf(b.sign) || b.sinceMs - a.sinceMs);
}

/** Groups boards by agent, both in natural order (`rack-2` before `rack-10`). */
export function groupByAgent(
  boards: Iterable<BoardView>,
  agents: ReadonlyMap<string, AgentView>,
): BoardGroup[] {
  const groups = new Map<string, BoardView[]>();
  for (const board of boards) {
    const group = groups.get(board.agent);
    if (group) group.push(board);
    else groups.set(board.agent, [board]);
  }
  return [...groups]
    .sort(([a], [b]) => natural.compare(a, b))
    .map(([agent, members]) => ({
      agent,
      view: agents.get(agent),
      boards: members.sort((a, b) => natural.compare(boardLabel(a), boardLabel(b))),
      counts: countBoards(members),
    }));
}

const HEALTH_WORDS: Record<Health, string> = {
  good: 'in good health',
  suspect: 'suspect: it is checked before its next run',
  quarantined: 'quarantined: it takes no runs',
  maintenance: 'in maintenance: somebody works on it',
};

/** Both axes of a board's state as a phrase. */
export function boardStateWords(board: BoardView): string {
  return `${board.availability}, ${HEALTH_WORDS[board.health]}`;
}
