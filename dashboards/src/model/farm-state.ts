import type { AgentView, BoardView, SubmissionView } from '@greenrack/farm-protocol';
import { keepLarger, mergeBoards, replaceBoards } from './revision.js';

/** What the farm page knows. */
export interface FarmState {
  readonly boards: ReadonlyMap<string, BoardView>;
  readonly agents: ReadonlyMap<string, AgentView>;
  readonly submissions: ReadonlyMap<string, SubmissionView>;
}

export const EMPTY_FARM: FarmState = {
  boards: new Map(),
  agents: new Map(),
  submissions: new Map(),
};

/** A live event about a board. */
export function withBoard(state: FarmState, board: BoardView): FarmState {
  const boards = mergeBoards(state.boards, [board]);
  return boards === state.boards ? state : { ...state, boards };
}

/** A live event about a submission, or a page of them. */
export function withSubmissions(state: FarmState, views: readonly SubmissionView[]): FarmState {
  const submissions = keepLarger(state.submissions, views);
  return submissions === state.submissions ? state : { ...state, submissions };
}

/** The whole list of agents. */
export function withAgents(state: FarmState, agents: readonly AgentView[]): FarmState {
  return { ...state, agents: new Map(agents.map((agent) => [agent.name, agent])) };
}

export interface FarmSnapshot {
  readonly boards: readonly BoardView[];
  readonly agents: readonly AgentView[];
  readonly submissions: readonly SubmissionView[];
}

/** A snapshot of everything; `touched` are serials that live events named since it was asked for. */
export function withSnapshot(
  state: FarmState,
  snapshot: FarmSnapshot,
  touched: ReadonlySet<string>,
): FarmState {
  const boards = replaceBoards(state.boards, snapshot.boards, touched);
  return withAgents(withSubmissions({ ...state, boards }, snapshot.submissions), snapshot.agents);
}

/** Newest first. Ids sort by creation time, so they settle ties. */
export function newestSubmissions(
  submissions: ReadonlyMap<string, SubmissionView>,
  limit: number,
): SubmissionView[] {
  return [...submissions.values()]
    .sort((a, b) => b.createdMs - a.createdMs || (a.id < b.id ? 1 : -1))
    .slice(0, limit);
}

/**
 * Whether a board event says something about its agent's connection that `agents` does not know yet: an unknown agent,
 * or a board that went to or came from `offline`.
 */
export function hintsAtAgent(state: FarmState, board: BoardView): boolean {
  const before = state.boards.get(board.serial);
  if (!state.agents.has(board.agent) || !before) return true;
  return (before.availability === 'offline') !== (board.availability === 'offline');
}
