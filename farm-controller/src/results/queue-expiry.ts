import type { StoreDatabase } from '../store/for-stages.js';
import type { BoardNeed, FatePolicy, FollowUp } from '../store/ports.js';
import type { Clock } from '../timing/clock.js';
import { expireRuns } from './run-expiry.js';

export interface QueueExpiryDeps {
  readonly database: StoreDatabase;
  /** Reads the boards once and answers a function that says why a run with that need found none. */
  readonly explain: () => Promise<(need: BoardNeed) => string>;
  readonly policy: FatePolicy;
  readonly onExpired: (followUp: FollowUp) => void;
  readonly clock: Clock;
}

/** Ends the runs of a submission that waited longer than they may; answers when the next one is due. */
export async function expireQueued(
  { database, explain, policy, onExpired, clock }: QueueExpiryDeps,
  submissionId: string,
): Promise<number | undefined> {
  const expiry = { why: await explain(), policy };
  const { ended, nextMs } = await expireRuns(
    database,
    { submissionId, nowMs: clock.now() },
    expiry,
  );
  if (ended.change.runs.length > 0) onExpired(ended);
  return nextMs;
}
