import { boardsOf } from '@greenrack/farm-model';
import type { Assignment } from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { Change, FollowUp, SettlementPolicy, Store } from '../store/ports.js';
import type { Clock } from '../timing/clock.js';
import type { AgentGateway } from './agent-gateway.js';
import type { BoardTable } from './board-table.js';
import type { OpenAttempts } from './open-attempts.js';

/** Longest detail of a board's status. */
const MAX_CAUSE = 2_000;

export interface AssignerDeps {
  readonly gateway: Pick<AgentGateway, 'assign' | 'cancel'>;
  readonly store: Pick<Store, 'attempts' | 'boards'>;
  readonly table: BoardTable;
  readonly attempts: OpenAttempts;
  readonly policy: SettlementPolicy;
  readonly onChange: (change: Change) => void;
  readonly onFollowUp: (followUp: FollowUp) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Brings leased attempts to their agents. A refusal ends the attempt as an infrastructure fault and takes the board
 * offline until its agent reports on it again; without an answer nothing is decided: the next hello of the agent, or the
 * end of the lease, settles it.
 */
export class Assigner {
  readonly #deps: AssignerDeps;

  constructor(deps: AssignerDeps) {
    this.#deps = deps;
  }

  /** Never rejects. `cancelled`: the run was cancelled before the order could be given. */
  async assign(agent: string, assignment: Assignment, cancelled: boolean): Promise<void> {
    const { gateway, log } = this.#deps;
    const { attemptId } = assignment;
    try {
      const outcome = await gateway.assign(agent, assignment);
      if (outcome.kind === 'refused') await this.#refused(agent, assignment, outcome);
      else if (cancelled) gateway.cancel(agent, attemptId, 'cancelled');
    } catch (error) {
      log.error(
        { err: error, attemptId, agent },
        'refused order not recorded; its lease will run out',
      );
    }
  }

  async #refused(
    agent: string,
    order: Assignment,
    { code, message }: { code: string; message: string },
  ): Promise<void> {
    const { store, table, attempts, policy, clock, log, onChange, onFollowUp } = this.#deps;
    const { attemptId, board } = order;
    log.warn({ attemptId, agent, board: board.serial, code, message }, 'agent refused an attempt');
    const text = `agent ${agent} refused an attempt (${code}): ${message}`;
    const cause = text.slice(0, MAX_CAUSE);
    // Before anything is awaited: the board must not be given the next run when it is free.
    table.setOnline(agent, board.serial, false);
    attempts.end(attemptId);
    const status = { serial: board.serial, usable: false, detail: cause };
    onChange(await store.boards.report(agent, [status], clock.now()));
    const reason = code === 'board_fault' ? 'boardStartFailed' : 'agentRefused';
    const why = { reason, message: cause } as const;
    const followUp = await store.attempts.abandon(attemptId, why, clock.now(), policy);
    for (const { board } of boardsOf(order)) table.end(board.serial, attemptId);
    onFollowUp(followUp);
  }
}
