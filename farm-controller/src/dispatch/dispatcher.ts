import { boardsOf } from '@greenrack/farm-model';
import { MAX_CONSOLE_BYTES } from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { LeaseGrant, LeaseRequest } from '../store/ports.js';
import { ArmedTimer } from '../timing/armed-timer.js';
import type { Clock } from '../timing/clock.js';
import type { BoardTable, IdleBoard } from './board-table.js';
import type { WaitingLane, WorkSource } from './ports.js';

/** After Redis or the database failed a decision. Their coming back is an event too; this is for when it gets lost. */
const RETRY_MS = 1_000;

/** Boards of one agent that are given away together. */
type Serials = readonly [string, ...string[]];

export interface DispatchDecision {
  readonly boardSerial: string;
  /** Boards beside it, for a run that needs several. */
  readonly partners?: readonly string[];
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
  readonly grant: (request: LeaseRequest) => Promise<LeaseGrant>;
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
      const serials = [decision.boardSerial, ...(decision.partners ?? [])] as const;
      for (const serial of serials) table.claim(serial);
      const serving = this.#serve(serials, decision.lanes, this.#wokenAt).finally(() =>
        this.#serving.delete(serving),
      );
      this.#serving.add(serving);
    }
  }

  async #serve(serials: Serials, lanes: readonly WaitingLane[], wokenAt: number): Promise<void> {
    const { log, clock } = this.#deps;
    try {
      for (const lane of lanes) if (await this.#serveFrom(serials, lane, wokenAt)) return;
      // The lanes were empty after all, and are now known to be: others may have come up meanwhile.
      this.#release(serials);
      this.wake();
    } catch (error) {
      log.warn({ err: error, boards: serials, retryInMs: RETRY_MS }, 'board not dispatched');
      this.#release(serials);
      this.#retry.armBy(clock.now() + RETRY_MS);
    }
  }

  /** Whether the board needs no other lane: it got a run, or cannot take one any more. */
  async #serveFrom(serials: Serials, lane: WaitingLane, wokenAt: number): Promise<boolean> {
    const { table, work } = this.#deps;
    for (;;) {
      const runId = await work.take(lane.key);
      if (runId === undefined) return false;
      const agent = table.agentOf(serials[0]);
      if (agent === undefined || this.#closed || !this.#areServable(serials, lane)) {
        work.putBack(lane.key, runId);
        this.#release(serials);
        return true;
      }
      const grant = await this.#grant(serials, agent, { lane, runId });
      if (grant.kind === 'runGone') {
        work.done(lane.key, runId);
        continue;
      }
      if (grant.kind === 'otherBoard') {
        work.move(lane.key, grant.run);
        if (await this.#deps.onOtherBoard()) return false;
        // We know what the database knows, and still would give it to this board: again at once would be for ever.
        this.#releaseLater(serials);
        return true;
      }
      if (grant.kind === 'granted') this.#begin(grant, { agent, lane, wokenAt });
      else await this.#boardTaken(serials, agent, { lane, runId });
      return true;
    }
  }

  #areServable(serials: Serials, { healthCheck }: WaitingLane): boolean {
    return serials.every((serial) => this.#deps.table.isServable(serial, healthCheck));
  }

  #release(serials: Serials): void {
    for (const serial of serials) this.#deps.table.release(serial);
  }

  async #grant(
    [boardSerial, ...partners]: Serials,
    agent: string,
    { lane, runId }: { lane: WaitingLane; runId: string },
  ): Promise<LeaseGrant> {
    const { grant, leaseTtlMs, clock, work, table } = this.#deps;
    try {
      const nowMs = clock.now();
      const maxConsoleBytes = MAX_CONSOLE_BYTES;
      return await grant({
        runId,
        boardSerial,
        boardName: table.nameOf(boardSerial),
        partners: partners.map((serial) => ({ serial })),
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
    for (const { board } of boardsOf(assignment))
      this.#deps.table.begin(board.serial, assignment.attemptId);
    this.#deps.onGranted(granted, served);
    this.#deps.work.done(served.lane.key, assignment.runId);
  }

  async #boardTaken(
    serials: Serials,
    agent: string,
    { lane, runId }: { lane: WaitingLane; runId: string },
  ): Promise<void> {
    const { work, onBoardTaken, log } = this.#deps;
    log.warn({ boards: serials, agent }, 'board was thought free but has a lease');
    work.putBack(lane.key, runId);
    // Stays claimed until the table knows better, so that it is not tried again and again.
    await onBoardTaken(agent);
    if (!this.#areServable(serials, lane)) return this.#release(serials);
    this.#releaseLater(serials);
  }

  /** Stays claimed for a while, so that it is not tried again and again. */
  #releaseLater(serials: Serials): void {
    this.#deps.clock.after(RETRY_MS, () => {
      this.#release(serials);
      this.wake();
    });
  }
}
