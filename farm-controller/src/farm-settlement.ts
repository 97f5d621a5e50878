import { boardsOf } from '@greenrack/farm-model';
import type { EventBatch } from '@greenrack/farm-protocol';
import type { Granted, Served } from './dispatch/dispatcher.js';
import type { FarmEvents } from './farm-events.js';
import type { DispatchDeps } from './farm-parts.js';
import type { AppendResult, Change, FollowUp, NewsFeed } from './store/ports.js';

export interface FarmSettlementDeps extends DispatchDeps {
  readonly news: NewsFeed;
}

/** Carries what the database has committed into memory: who uses which board, who is charged, who is to be told. */
export class FarmSettlement {
  readonly #deps: FarmSettlementDeps;
  readonly #on: FarmEvents;

  constructor(deps: FarmSettlementDeps, on: FarmEvents) {
    this.#deps = deps;
    this.#on = on;
  }

  /** A lease was granted and its order is about to go out. `cancelled`: someone has called it off already. */
  granted(
    { assignment, change }: Granted,
    { agent, lane, wokenAt }: Served,
  ): { cancelled: boolean } {
    const startedMs = this.#deps.clock.now();
    const { attemptId, runId, leaseId, fence, timeoutMs } = assignment;
    const boardSerials = boardsOf(assignment).map(({ board }) => board.serial);
    const added = this.#deps.attempts.add({
      ...{ attemptId, runId, leaseId, fence, agent, boardSerials },
      startedMs,
      boundMs: startedMs + timeoutMs,
      tenant: lane.lane.tenant,
    });
    this.#deps.metrics.observeAssign(performance.now() - wokenAt);
    this.#deps.meter.began(lane.lane.tenant, startedMs);
    this.#on.viewsChanged(change);
    return added;
  }

  /** A transaction with events has committed. */
  committed(
    results: readonly AppendResult[],
    batches: readonly EventBatch[],
    followUp: FollowUp,
  ): void {
    results.forEach((result, i) => {
      if (result.ok && result.ended) this.ended(batches[i]?.attemptId ?? '');
    });
    this.#on.settled(followUp);
    results.forEach((result, i) => {
      const attemptId = batches[i]?.attemptId;
      if (!result.ok || attemptId === undefined || result.committed.length === 0) return;
      const { runId, committed } = result;
      this.#deps.metrics.countEvents(committed.length);
      this.#deps.news.publish({ attemptEvents: { runId, attemptId, events: committed } });
    });
  }

  /** By attempt: a board that is offline at the end is not among the freed ones, and must not stay busy here. */
  ended(attemptId: string): void {
    const attempt = this.#deps.attempts.end(attemptId);
    if (!attempt) return;
    for (const serial of attempt.boardSerials) this.#deps.table.end(serial, attemptId);
    if (attempt.tenant === undefined) return;
    this.#deps.meter.ended(attempt.tenant, attempt.startedMs, this.#deps.clock.now());
  }

  /** Does what a transaction left to do. Freed boards first: they are to be busy again as soon as may be. */
  settle({ freedBoards, requeued, change, endedAttempts }: FollowUp): void {
    // Before anything is woken: a board that has just become suspect must not be offered for ordinary work.
    this.#noteHealths(change);
    const foreign = freedBoards.filter((serial) => !this.#deps.table.has(serial));
    if (freedBoards.length > foreign.length) this.#on.boardsFreed(freedBoards);
    if (requeued.length > 0) this.#on.runsRequeued(requeued);
    if (foreign.length > 0) this.#deps.peers.orders.send('board.freed', { boards: foreign });
    this.#on.viewsChanged(change);
    if (endedAttempts.length > 0) this.#on.attemptsEnded(endedAttempts);
  }

  /** These boards have no lease any more. */
  freed(boards: readonly string[]): void {
    for (const serial of boards) this.#deps.table.end(serial);
    this.#on.workFound();
  }

  /** Boards may be trusted again, or no longer. */
  noteHealth(change: Change | undefined): void {
    if (!change) return;
    this.#noteHealths(change);
    if (change.boards.some(({ health }) => health === 'good' || health === 'suspect'))
      this.#on.workFound();
  }

  #noteHealths({ boards }: Change): void {
    for (const { serial, health } of boards) this.#deps.table.setHealth(serial, health);
  }
}
