import { MAX_CONSOLE_BYTES } from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { LeaseGrant, LeaseStore } from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';
import type { BoardTable, IdleBoard } from './board-table.js';
import type { WaitingLane, WorkSource } from './ports.js';

/** After Redis or the database failed a decision. Their coming back is an event too; this is for when it gets lost. */
const RETRY_MS = 1_000;

export interface DispatchDecision {
  readonly boardSerial: string;
  readonly lanes: readonly WaitingLane[];
}
export type Granted = Extract<LeaseGrant, { kind: 'granted' }>;

/** Whom a lease was granted for. */
export interface Served {
  readonly agent: string;
  readonly lane: WaitingLane;
  /** When the event happened that led to it, on the monotonic clock of `performance.now()`. */
  readonly wokenAt: number;
}

export interface DispatcherDeps {
  readonly table: BoardTable;
  readonly work: WorkSource;
  /** Pure: which idle board is to serve which lanes. */
  readonly schedule: (
    idle: readonly IdleBoard[],
    lanes: readonly WaitingLane[],
  ) => readonly DispatchDecision[];
  readonly leases: Pick<LeaseStore, 'grant'>;
  readonly leaseTtlMs: number;
  /** A lease was granted; the attempt is to go to its agent. */
  readonly onGranted: (granted: Granted, served: Served) => void;
  /** The database knows of a lease on a board that was thought free. */
  readonly onBoardTaken: (agent: string) => Promise<void>;
  /** The database knows of a usable board that the scheduler does not know of. */
  readonly onOtherBoard: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Brings idle boards and waiting runs together. Woken by events (a submit, a freed board, a lost lease, a board come
 * online), never by a tick. Each round decides at once over all idle boards and claims them before anything is
 * awaited; then every board is served on its own.
 */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #retry: ArmedTimer;
  readonly #serving = new Set<Promise<void>>();
  #awake = false;
  #wokenAt = 0;
  #closed = false;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
    this.#retry = new ArmedTimer(deps.clock, () => this.wake());
  }

  /** Something changed: looks for work once the current turn is over. Cheap to call often. */
  wake(): void {
    if (this.#awake || this.#closed) return;
    this.#awake = true;
    this.#wokenAt = performance.now();
    queueMicrotask(() => {
      this.#awake = false;
      this.#round();
    });
  }

  /** Takes no new work; resolves when what was begun has its lease or is put back. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry.close();
    await Promise.all(this.#serving);
  }

  #round(): void {
    if (this.#closed) return;
    const { table, work, schedule } = this.#deps;
    const idle = table.idle();
    if (idle.length === 0) return;
    const lanes = work.lanes();
    if (lanes.length === 0) return;
    for (const decision of schedule(idle, lanes)) {
      table.claim(decision.boardSerial);
      const serving = this.#serve(decision, this.#wokenAt).finally(() =>
        this.#serving.delete(serving),
      );
      this.#serving.add(serving);
    }
  }

  async #serve({ boardSerial, lanes }: DispatchDecision, wokenAt: number): Promise<void> {
    const { table, log, clock } = this.#deps;
    try {
      for (const lane of lanes) if (await this.#serveFrom(boardSerial, lane, wokenAt)) return;
      // The lanes were empty after all, and are now known to be: others may have come up meanwhile.
      table.release(boardSerial);
      this.wake();
    } catch (error) {
      log.warn({ err: error, board: boardSerial, retryInMs: RETRY_MS }, 'board not dispatched');
      table.release(boardSerial);
      this.#retry.armBy(clock.now() + RETRY_MS);
    }
  }

  /** Whether the board needs no other lane: it got a run, or cannot take one any more. */
  async #serveFrom(boardSerial: string, lane: WaitingLane, wokenAt: number): Promise<boolean> {
    const { table, work } = this.#deps;
    for (;;) {
      const runId = await work.take(lane.key);
      if (runId === undefined) return false;
      const agent = table.agentOf(boardSerial);
      if (agent === undefined || this.#closed || !table.isServable(boardSerial, lane.healthCheck)) {
        work.putBack(lane.key, runId);
        table.release(boardSerial);
        return true;
      }
      const grant = await this.#grant(boardSerial, agent, { lane, runId });
      if (grant.kind === 'runGone') {
        work.done(lane.key, runId);
        continue;
      }
      if (grant.kind === 'otherBoard') {
        work.move(lane.key, grant.run);
        if (await this.#deps.onOtherBoard()) return false;
        // We know what the database knows, and still would give it to this board: again at once would be for ever.
        this.#releaseLater(boardSerial);
        return true;
      }
      if (grant.kind === 'granted') this.#begin(grant, { agent, lane, wokenAt });
      else await this.#boardTaken(boardSerial, agent, { lane, runId });
      return true;
    }
  }

  async #grant(
    boardSerial: string,
    agent: string,
    { lane, runId }: { lane: WaitingLane; runId: string },
  ): Promise<LeaseGrant> {
    const { leases, leaseTtlMs, clock, work, table } = this.#deps;
    try {
      const nowMs = clock.now();
      const maxConsoleBytes = MAX_CONSOLE_BYTES;
      return await leases.grant({
        runId,
        boardSerial,
        boardName: table.nameOf(boardSerial),
        agent,
        ttlMs: leaseTtlMs,
        nowMs,
        maxConsoleBytes,
      });
    } catch (error) {
      work.putBack(lane.key, runId);
      throw error;
    }
  }

  #begin(granted: Granted, served: Served): void {
    const { assignment } = granted;
    this.#deps.table.begin(assignment.board.serial, assignment.attemptId);
    this.#deps.onGranted(granted, served);
    this.#deps.work.done(served.lane.key, assignment.runId);
  }

  async #boardTaken(
    boardSerial: string,
    agent: string,
    { lane, runId }: { lane: WaitingLane; runId: string },
  ): Promise<void> {
    const { table, work, onBoardTaken, log } = this.#deps;
    log.warn({ board: boardSerial, agent }, 'board was thought free but has a lease');
    work.putBack(lane.key, runId);
    // Stays claimed until the table knows better, so that it is not tried again and again.
    await onBoardTaken(agent);
    if (!table.isServable(boardSerial, lane.healthCheck)) return table.release(boardSerial);
    this.#releaseLater(boardSerial);
  }

  /** Stays claimed for a while, so that it is not tried again and again. */
  #releaseLater(boardSerial: string): void {
    const { table, clock } = this.#deps;
    clock.after(RETRY_MS, () => {
      table.release(boardSerial);
      this.wake();
    });
  }
}
