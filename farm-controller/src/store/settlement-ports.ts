import type { CaseVerdict, EndReason, Expectation, Verdict } from '@greenrack/farm-protocol';
import type { LeaseRow } from './schema.js';
import type { StoreDatabase, Tx } from './store-database.js';

/** What becomes of a run when an attempt has ended. */
/** A case with what is expected of it. */
export interface JudgedCase {
  readonly name: string;
  /** Null when it did not come to an end. */
  readonly verdict: CaseVerdict | null;
  readonly expect: Expectation;
}

export type RunFate =
  | {
      readonly kind: 'finish';
      readonly verdict: Verdict;
      /** The verdict before the expectation was weighed in; the same when left out. */
      readonly raw?: Verdict;
      /** Instead of the attempt's own message. */
      readonly message?: string;
    }
  | { readonly kind: 'retry' };
/** Pure; called inside the transaction. `earlier` are the verdicts of the run's attempts before this one. */
export type FatePolicy = (ended: {
  readonly verdict: Verdict;
  readonly reason: EndReason;
  readonly attemptNumber: number;
  readonly maxAttempts: number;
  readonly cancelRequested: boolean;
  readonly earlier: readonly Verdict[];
  readonly message: string;
  readonly expect: Expectation;
  /** Cases of the attempt that gives the verdict, when its run has expectations of single cases. */
  readonly cases?: readonly JudgedCase[];
  readonly retries: number;
  readonly healthCheck: boolean;
  /** Boards on which the run got no answer although they answer other images. */
  readonly soundBoards: number;
}) => RunFate;

/** An attempt that failed for reasons that a board can be guilty of. */
export interface BoardFault {
  readonly attemptId: string;
  readonly runId: string;
  readonly attemptNumber: number;
  readonly reason: EndReason;
}

/** What an ended attempt makes of the trust in its board. */
export interface BoardTrust {
  /** Faults in a row, the oldest first. */
  readonly faults: readonly BoardFault[];
  /** Why the board is suspect from now on. */
  readonly suspect?: string;
}

/** Pure; called inside the transaction, for boards in good health. `faults` are those in a row before this attempt. */
export type BoardPolicy = (ended: {
  /** Of the board, as the inventory names it. */
  readonly model: string;
  readonly verdict: Verdict;
  readonly fault: BoardFault;
  readonly faults: readonly BoardFault[];
  /** The firmware was a stranger's. */
  readonly untrusted: boolean;
}) => BoardTrust;

/** How a lease ended: its attempt came to an end, or was given up. */
export type LeaseEnd = 'released' | 'lost';
export type EndedLease = Pick<LeaseRow, 'id' | 'attempt_id' | 'board_serial'>;

/** Ends the leases of these attempts in the transaction that ends them; answers them in the order of their boards. */
export type EndLeases = (
  db: StoreDatabase,
  tx: Tx,
  ended: ReadonlyMap<string, LeaseEnd>,
  nowMs: number,
) => Promise<EndedLease[]>;

/** What the stages have to say when an attempt has ended: of its run, the trust in its boards, and its leases. */
export interface SettlementPolicy {
  readonly run: FatePolicy;
  readonly board: BoardPolicy;
  readonly endLeases: EndLeases;
}
