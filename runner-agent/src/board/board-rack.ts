import { join } from 'node:path';
import type { Assignment, BoardSpec, BoardStatus } from '@greenrack/farm-protocol';
import type { Board, BoardDriver } from '../contracts/board-driver.js';
import { RunFault } from '../contracts/run-fault.js';
import { clip, messageOf } from '../deadline.js';

const PROBE_MS = 30_000;
const MAX_DETAIL = 2000;

export interface BoardRackOptions {
  /** Each board gets a folder of its own in here. */
  readonly workDir: string;
  readonly driverNames: readonly string[];
  loadDriver(name: string): Promise<BoardDriver | undefined>;
}

interface Seat {
  readonly wiring: string;
  /** Pending while it is made: whoever asks meanwhile gets the same one. */
  readonly board: Promise<Board>;
  /** See `Assignment.boardEpoch`. */
  epoch?: number | undefined;
}

/** The boards of this agent, made from their specs when they are first needed and again when a spec changes. */
export class BoardRack {
  readonly #options: BoardRackOptions;
  readonly #drivers = new Map<string, Promise<BoardDriver | undefined>>();
  readonly #boards = new Map<string, Seat>();

  constructor(options: BoardRackOptions) {
    this.#options = options;
  }

  /** @throws RunFault with `boardStartFailed` when the spec cannot be served here. */
  board(spec: BoardSpec): Promise<Board> {
    const wiring = JSON.stringify(spec);
    const known = this.#boards.get(spec.serial);
    if (known?.wiring === wiring) return known.board;
    const board = this.#replace(known, spec);
    const seat = { wiring, board };
    this.#boards.set(spec.serial, seat);
    board.catch(() => {
      // The caller has the error; the next one tries anew.
      if (this.#boards.get(spec.serial) === seat) this.#boards.delete(spec.serial);
    });
    return board;
  }

  /** The board for an attempt. It forgets what it was flashed with when it was in other hands since the one before. */
  async lend({ board: spec, boardEpoch }: Assignment): Promise<Board> {
    const board = await this.board(spec);
    const seat = this.#boards.get(spec.serial);
    if (seat?.epoch !== boardEpoch) board.flasher.forget?.();
    if (seat) seat.epoch = boardEpoch;
    return board;
  }

  /** What was flashed on a board is not trusted any more. */
  forget({ serial }: BoardSpec): void {
    void this.#boards.get(serial)?.board.then(
      (board) => board.flasher.forget?.(),
      // It was never made.
      () => undefined,
    );
  }

  /** Looks at a board that nothing runs on. Never rejects. */
  async probe(spec: BoardSpec): Promise<BoardStatus> {
    try {
      const board = await this.board(spec);
      const { usable, detail } = await board.probe(AbortSignal.timeout(PROBE_MS));
      if (!usable) board.flasher.forget?.();
      return { serial: spec.serial, usable, detail: clip(detail, MAX_DETAIL) };
    } catch (error) {
      return unusable(spec, error);
    }
  }

  /** Brings a board that nothing runs on to its safe state. Answers why that failed, or undefined. Never rejects. */
  async restore(spec: BoardSpec): Promise<BoardStatus | undefined> {
    try {
      const board = await this.board(spec);
      await board.console.close();
      await board.power.off();
      return undefined;
    } catch (error) {
      return unusable(spec, error);
    }
  }

  /** Lets go of every board. Answers what went wrong. Never rejects. */
  async close(): Promise<string[]> {
    const boards = [...this.#boards.values()].map(async ({ board }) => (await board).dispose());
    this.#boards.clear();
    const ends = await Promise.allSettled(boards);
    return ends.flatMap((end) => (end.status === 'rejected' ? [messageOf(end.reason)] : []));
  }

  /** A board has one driver at a time: the old one lets go before the new one takes over. */
  async #replace(old: Seat | undefined, spec: BoardSpec): Promise<Board> {
    // One that could not be made has nothing to let go of.
    const before = await old?.board.catch(() => undefined);
    try {
      await before?.dispose();
    } catch (error) {
      // It is still there: the next call has it let go again.
      if (old) this.#boards.set(spec.serial, old);
      throw error;
    }
    return await this.#create(spec);
  }

  async #create(spec: BoardSpec): Promise<Board> {
    const { driver: name } = spec.wiring;
    const loading = this.#drivers.get(name) ?? this.#options.loadDriver(name);
    this.#drivers.set(name, loading);
    const driver = await loading;
    if (!driver)
      throw new RunFault(
        'boardStartFailed',
        `This agent has no driver '${name}'; it has ${this.#options.driverNames.join(', ')}. ` +
          'Correct the inventory or update the agent.',
      );
    try {
      return await driver.create(
        spec,
        join(this.#options.workDir, encodeURIComponent(spec.serial)),
      );
    } catch (error) {
      throw new RunFault('boardStartFailed', messageOf(error), error);
    }
  }
}

function unusable({ serial }: BoardSpec, error: unknown): BoardStatus {
  return { serial, usable: false, detail: clip(messageOf(error), MAX_DETAIL) };
}
