import type { Granted, Served } from './dispatch/dispatcher.js';
import type { LiveAttempt } from './dispatch/open-attempts.js';
import type { EventCommitterDeps } from './results/event-committer.js';
import type {
  CancelOutcome,
  Change,
  FarmNews,
  FollowUp,
  OpenAttempt,
  QueuedRun,
} from './store/ports.js';

/** What happens in a farm. What the database has to say of it is committed already. */
export interface FarmEvents {
  /** A submission, a schedule or a health check wrote runs that may be taken. */
  runsQueued(runs: readonly QueuedRun[]): Promise<void>;
  /** Runs that had an attempt wait for another one. */
  runsRequeued(runs: readonly QueuedRun[]): void;
  runsCancelled(cancelled: CancelOutcome): void;
  /** A board or a run may have become available. */
  workFound(): void;
  /** The attempt is to go to its agent. */
  leaseGranted(granted: Granted, served: Served): void;
  /** The database knows of a lease on a board of this agent that was thought free. */
  boardTaken(agent: string): Promise<void>;
  /** The agent of the attempt did not renew in time: it was given up. */
  leaseExpired(attempt: OpenAttempt, followUp: FollowUp): void;
  agentWelcomed(agent: string): void;
  /** The agent of these attempts is out of reach. */
  agentLost(attempts: readonly LiveAttempt[]): Promise<void>;
  /** Agents reported on their attempts. */
  eventsCommitted: EventCommitterDeps['onCommitted'];
  /** A transaction ended attempts or let boards go. */
  settled(followUp: FollowUp): void;
  /** The streams of these attempts will not grow any more. */
  attemptsEnded(attemptIds: readonly string[]): void;
  boardsFreed(serials: readonly string[]): void;
  viewsChanged(change: Change): void;
  /** Here or at another controller. */
  newsTold(news: FarmNews): void;
  /** These agents serve other boards, or the same ones otherwise. */
  inventoryChanged(agents: readonly string[]): Promise<void>;
  /** Redis, or the road to the other controllers, was away: something may have been said unheard. */
  contactRegained(): void;
  /** Another controller has welcomed the agent. */
  agentMoved(agent: string): void;
  /** Another controller cannot reach the agent that is to stop this attempt. */
  cancelAsked(order: { readonly agent: string; readonly attemptId: string }): void;
}
