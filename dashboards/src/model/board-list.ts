import { boardLabel } from '@greenrack/farm-model';
import type { AgentView, Availability, BoardView, Health } from '@greenrack/farm-protocol';

export interface BoardFilter {
  /** Words that must all occur in serial, name, target, model, agent, tags, fixtures, or the current run's name. */
  readonly text: string;
  readonly availability: Availability | 'any';
  /** Only boards that are not in good health. */
  readonly troubleOnly: boolean;
}

export const NO_BOARD_FILTER: BoardFilter = { text: '', availability: 'any', troubleOnly: false };

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

function haystack(board: BoardView): string {
  const parts = [
    board.serial,
    board.name ?? '',
    board.target,
    board.model,
    board.agent,
    board.health,
    board.availability,
    board.current?.runName ?? '',
    ...board.tags,
    ...board.fixtures,
  ];
  return parts.join('\n').toLowerCase();
}

/** Whether a board passes the filter. */
export function matchesBoard(board: BoardView, filter: BoardFilter): boolean {
  if (filter.availability !== 'any' && !isOf(board, filter.availability)) return false;
  if (filter.troubleOnly && !isUnwell(board)) return false;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = haystack(board);
  return words.every((word) => text.includes(word));
}

const natural = new Intl.Collator('en', { numeric: true });

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
