import { join } from 'node:path';
import type { BoardSpec, BoardStatus } from '@greenrack/farm-protocol';
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

/** The boards of this agent, made from their specs when they are first needed and again when a spec changes. */
export class BoardRack {
  readonly #options: BoardRackOptions;
  readonly #drivers = new Map<string, Promise<BoardDriver | undefined>>();
  readonly #boards = new Map<string, { readonly wiring: string; readonly board: Board }>();

  constructor(options: BoardRackOptions) {
    this.#options = options;
  }

  /** @throws RunFault with `boardStartFailed` when the spec cannot be served here. */
  async board(spec: BoardSpec): Promise<Board> {
    const wiring = JSON.stringify(spec);
    const known = this.#boards.get(spec.serial);
    if (known?.wiring === wiring) return known.board;
    // A board has one driver at a time: the old one lets go before the new one takes over.
    await known?.board.dispose();
    const board = await this.#create(spec);
    this.#boards.set(spec.serial, { wiring, board });
    return board;
  }

  /** Looks at a board that nothing runs on. Never rejects. */
  async probe(spec: BoardSpec): Promise<BoardStatus> {
    try {
      const board = await this.board(spec);
      const { usable, detail } = await board.probe(AbortSignal.timeout(PROBE_MS));
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
    const boards = [...this.#boards.values()].map(({ board }) => board.dispose());
    this.#boards.clear();
    const ends = await Promise.allSettled(boards);
    return ends.flatMap((end) => (end.status === 'rejected' ? [messageOf(end.reason)] : []));
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
      return driver.create(spec, join(this.#options.workDir, encodeURIComponent(spec.serial)));
    } catch (error) {
      throw new RunFault('boardStartFailed', messageOf(error), error);
    }
  }
}

function unusable({ serial }: BoardSpec, error: unknown): BoardStatus {
  return { serial, usable: false, detail: clip(messageOf(error), MAX_DETAIL) };
}
