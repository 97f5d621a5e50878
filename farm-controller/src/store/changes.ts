import type { CancelOutcome, Change, FollowUp } from './ports.js';

/** A change of nothing. */
export const NO_CHANGE: Change = { submissions: [], runs: [], boards: [] };

export function followUp(change: Partial<Change>, rest: Partial<FollowUp> = {}): FollowUp {
  return {
    change: { ...NO_CHANGE, ...change },
    requeued: [],
    freedBoards: [],
    endedAttempts: [],
    ...rest,
  };
}

/** Several outcomes as one; later views of the same thing come later. */
export function joined(outcomes: readonly FollowUp[]): FollowUp {
  return {
    change: joinedChanges(outcomes.map(({ change }) => change)),
    requeued: outcomes.flatMap((o) => o.requeued),
    freedBoards: outcomes.flatMap((o) => o.freedBoards),
    endedAttempts: outcomes.flatMap((o) => o.endedAttempts),
  };
}

/** Several changes as one; later views of the same thing come later. */
export function joinedChanges(changes: readonly Change[]): Change {
  return {
    submissions: changes.flatMap(({ submissions }) => submissions),
    runs: changes.flatMap(({ runs }) => runs),
    boards: changes.flatMap(({ boards }) => boards),
  };
}

export const NOTHING_CANCELLED: CancelOutcome = { ...followUp({}), running: [] };
