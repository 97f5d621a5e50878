import type { Change, OpenAttempt, Store } from '../store/ports.js';
import type { Clock } from '../timing/clock.js';
import type { AgentSession } from './agent-session.js';
import type { BoardTable } from './board-table.js';
import type { LiveAttempt, OpenAttempts } from './open-attempts.js';

export interface AgentResyncDeps {
  readonly store: Pick<Store, 'attempts' | 'boards'>;
  readonly table: BoardTable;
  readonly attempts: OpenAttempts;
  readonly onChange: (change: Change) => void;
  readonly clock: Clock;
}

/**
 * Brings what is remembered of a connected agent in step with the database: after messages of other controllers may
 * have been lost, or when the two were found to differ.
 */
export class AgentResync {
  readonly #deps: AgentResyncDeps;

  constructor(deps: AgentResyncDeps) {
    this.#deps = deps;
  }

  async run(session: AgentSession): Promise<void> {
    const { store, table, attempts, onChange, clock } = this.#deps;
    const { agent } = session;
    // What is granted while the database answers is not in its answer, and not over.
    const known = attempts.ofAgent(agent);
    const open = await store.attempts.openOf(agent);
    this.#forgetEnded(known, open);
    for (const attempt of open) {
      const live = attempts.adopt(attempt);
      if (!live) continue;
      for (const serial of live.boardSerials) table.begin(serial, attempt.attemptId);
      if (attempt.cancelRequested) void session.cancel(attempt.attemptId, 'cancelled');
    }
    onChange(await store.boards.report(agent, session.statuses, clock.now()));
    for (const { serial, health } of await store.boards.list()) table.setHealth(serial, health);
  }

  #forgetEnded(known: readonly LiveAttempt[], open: readonly OpenAttempt[]): void {
    const { attempts, table } = this.#deps;
    const openIds = new Set(open.map(({ attemptId }) => attemptId));
    for (const { attemptId, boardSerials } of known) {
      if (openIds.has(attemptId)) continue;
      attempts.end(attemptId);
      for (const serial of boardSerials) table.end(serial, attemptId);
    }
  }
}
