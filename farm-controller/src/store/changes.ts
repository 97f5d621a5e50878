import type { CancelOutcome, Change, FollowUp } from './ports.js';

/** A change of nothing. */
export const NO_CHANGE: Change = { submissions: [], runs: [], boards: [] };

export function followUp(change: Partial<Change>, rest: Partial<FollowUp> = {}): FollowUp {
  return { change: { ...NO_CHANGE, ...change }, requeued: [], freedBoards: [], ...rest };
}

/** Several outcomes as one; later views of the same thing come later. */
export function joined(outcomes: readonly FollowUp[]): FollowUp {
  return {
    change: {
      submissions: outcomes.flatMap((o) => o.change.submissions),
      runs: outcomes.flatMap((o) => o.change.runs),
      boards: outcomes.flatMap((o) => o.change.boards),
    },
    requeued: outcomes.flatMap((o) => o.requeued),
    freedBoards: outcomes.flatMap((o) => o.freedBoards),
  };
}

export const NOTHING_CANCELLED: CancelOutcome = { ...followUp({}), running: [] };
