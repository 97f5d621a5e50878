import type { AttemptEvent, AttemptView, EndReason, EventBatch } from '@greenrack/farm-protocol';
import type { FollowUp } from './change-ports.js';
import type { OpenAttempt } from './lease-ports.js';
import type { SettlementPolicy } from './settlement-ports.js';
import type { Tx } from './store-database.js';

/** A batch of events, and the agent that sent it: by its token, whatever the batch says. */
export interface ReportedBatch extends EventBatch {
  readonly agent: string;
}

/** What came of one batch of events. */
export type AppendResult =
  | {
      readonly ok: true;
      readonly runId: string;
      readonly ackedSeq: number;
      /** Events that this call committed (those already known are left out). */
      readonly committed: readonly AttemptEvent[];
      readonly ended: boolean;
    }
  | {
      readonly ok: false;
      readonly code: 'stale_fence' | 'not_found' | 'forbidden' | 'invalid_request';
      readonly message: string;
    };

/** Why an attempt is given up. */
export interface AbandonCause {
  readonly reason: EndReason;
  readonly message: string;
  /** Asked under the locks of attempt and run: it goes on when this says no. */
  readonly onlyIf?: (tx: Tx) => Promise<boolean>;
}

/** Attempts and their numbered events. */
export interface AttemptStore {
  /**
   * Commits several batches in one transaction (group commit); results in the order of the batches. Known numbers are
   * skipped, a gap commits nothing of that batch. An `attemptEnd` finishes the attempt, releases its lease and settles
   * the run and the trust in the board by `policy`, all in the same transaction. A batch for the attempt of another
   * agent is refused, whatever has become of that attempt.
   */
  append(
    batches: readonly ReportedBatch[],
    nowMs: number,
    policy: SettlementPolicy,
  ): Promise<{ results: AppendResult[]; followUp: FollowUp }>;
  /** Ends an attempt whose agent will not report any more. Nothing happens when it has ended already. */
  abandon(
    attemptId: string,
    why: AbandonCause,
    nowMs: number,
    policy: SettlementPolicy,
  ): Promise<FollowUp>;
  /** Open attempts of one agent. */
  openOf(agent: string): Promise<OpenAttempt[]>;
  open(attemptId: string): Promise<OpenAttempt | undefined>;
  byNumber(runId: string, number: number): Promise<AttemptView | undefined>;
  events(
    attemptId: string,
    afterSeq: number,
    limit: number,
  ): Promise<{ events: AttemptEvent[]; lastSeq: number }>;
}
