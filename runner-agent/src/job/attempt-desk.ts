import { boardsOf } from '@greenrack/farm-model';
import { type Assignment, type BoardSpec, FarmError } from '@greenrack/farm-protocol';
import type { Board } from '../contracts/board-driver.js';
import type { ImageSource } from '../contracts/image-source.js';
import type { LendInstruments } from '../contracts/instruments.js';
import { messageOf, within } from '../deadline.js';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import { closeOrphan } from '../journal/close-orphan.js';
import type { JournalStore } from '../journal/journal-store.js';
import type { Refusal } from '../journal/refused-attempts.js';
import type { Logger } from '../logger.js';
import type { RunKind } from '../session/run-kind.js';
import type { HostTestRegistry } from '../session/session-types.js';
import { AttemptRun } from './attempt-run.js';
import { StopOrder } from './stop-order.js';

/** Longer than putting a board back may take. */
const CLOSE_MS = 40_000;

export interface AttemptDeskOptions {
  readonly store: JournalStore;
  readonly images: ImageSource;
  readonly hostTests: HostTestRegistry;
  readonly lendInstruments: LendInstruments;
  readonly kinds: readonly RunKind[];
  readonly log: Logger;
  findBoard(assignment: Assignment): Promise<Board>;
  /** An attempt is in the journal and may be reported from now on. */
  accepted(journal: AttemptJournal): void;
  /** An attempt is about to be removed from the journal: nothing of it may be reported any more. */
  forgetting(attemptId: string): void;
  /** A board could not be put back. */
  boardDirty(spec: BoardSpec, problems: readonly string[]): void;
}

interface Entry {
  journal: AttemptJournal;
  readonly abort: AbortController;
  /** Resolves when nothing runs for the attempt any more, and its journal is the one that stays. */
  over: Promise<void>;
}

/** The attempts that this agent holds: running ones, and ended ones until the controller has everything. */
export class AttemptDesk {
  readonly #options: AttemptDeskOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #accepting = new Map<string, Promise<void>>();
  /** Attempt that has the board, by the board's serial. */
  readonly #busy = new Map<string, string>();
  readonly #working = new Set<Promise<void>>();
  #closing = false;

  constructor(options: AttemptDeskOptions) {
    this.#options = options;
  }

  /** Takes over the attempts that an earlier process left; all of them have ended. */
  adopt(journals: readonly AttemptJournal[]): void {
    for (const journal of journals)
      this.#entries.set(journal.attemptId, {
        journal,
        abort: new AbortController(),
        over: Promise.resolve(),
      });
  }

  /** Every attempt held, running or ended. */
  journals(): AttemptJournal[] {
    return [...this.#entries.values()].map(({ journal }) => journal);
  }

  isBusy(serial: string): boolean {
    return this.#busy.has(serial);
  }

  /**
   * Resolves when the assignment is safe on disk and its execution has begun; the same one again changes nothing.
   * What still runs on the board under a smaller fence has lost its lease: it is dropped first.
   * @throws FarmError `conflict` when the board runs something else, `unavailable` when the agent is stopping,
   *   `storage_full` when the journal cannot be written
   */
  async accept(assignment: Assignment): Promise<void> {
    const { attemptId } = assignment;
    if (this.#entries.has(attemptId)) return;
    const accepting = this.#accepting.get(attemptId) ?? this.#accept(assignment);
    this.#accepting.set(attemptId, accepting);
    try {
      await accepting;
    } finally {
      this.#accepting.delete(attemptId);
    }
  }

  /** Stops an attempt and reports it as cancelled. Without effect on one that has ended or is not known. */
  cancel(attemptId: string, why: string): void {
    this.#entries.get(attemptId)?.abort.abort(new StopOrder('cancel', why));
  }

  /** Stops an attempt and forgets it: nobody wants its result, or it has been taken. */
  async drop(attemptId: string, why: string): Promise<void> {
    const entry = this.#entries.get(attemptId);
    if (!entry) return;
    this.#options.forgetting(attemptId);
    entry.abort.abort(new StopOrder('drop', why));
    await entry.over;
    if (this.#entries.get(attemptId) !== entry) return;
    this.#entries.delete(attemptId);
    await this.#tracked(entry.journal.delete());
  }

  /**
   * Stops an attempt whose report is refused, keeps its journal as evidence and ends it by a new one. Resolves to
   * that; undefined when the attempt is unknown, or was refused before: then nothing of it will pass.
   */
  async replace(attemptId: string, refusal: Refusal): Promise<AttemptJournal | undefined> {
    const entry = this.#entries.get(attemptId);
    if (!entry) return undefined;
    entry.abort.abort(
      new StopOrder('journal', `The controller refused the report: ${refusal.why}`),
    );
    const replacing = entry.over.then(
      async () => await this.#tracked(this.#options.store.replace(entry.journal, refusal)),
    );
    // Whoever drops the attempt meanwhile has to wait for the journal that it is to delete.
    entry.over = replacing.then(
      (journal) => {
        if (journal) entry.journal = journal;
      },
      () => undefined,
    );
    const journal = await replacing;
    return this.#entries.get(attemptId) === entry ? journal : undefined;
  }

  /** The files of a journal are not let go of before `work` on them is done. */
  async #tracked<T>(work: Promise<T>): Promise<T> {
    const done = work.then(
      () => undefined,
      () => undefined,
    );
    this.#working.add(done);
    try {
      return await work;
    } finally {
      this.#working.delete(done);
    }
  }

  /** Takes no more work and ends what runs as `agentRestarted`. Resolves when every board is put back, or after 40 s. */
  async close(why: string): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#accepting.values());
    const entries = [...this.#entries.values()];
    for (const { abort } of entries) abort.abort(new StopOrder('shutdown', why));
    const over = Promise.all(entries.map((entry) => entry.over));
    try {
      await within(CLOSE_MS, 'the end of all attempts', over);
    } catch (error) {
      // The next start of the agent closes them from what the disk has.
      this.#options.log.error(
        { err: error },
        'attempts have not ended; does the disk take writes?',
      );
    }
  }

  /** Closes the files of all journals; they stay on disk for the next process. */
  async closeJournals(): Promise<void> {
    await Promise.all(this.#working);
    await Promise.all(this.journals().map((journal) => journal.close()));
  }

  async #accept(assignment: Assignment): Promise<void> {
    const { attemptId } = assignment;
    const serials = boardsOf(assignment).map(({ board }) => board.serial);
    if (this.#closing) throw new FarmError('unavailable', 'The agent is stopping.');
    // Nothing is awaited otherwise: a board that gets an attempt is busy from this very turn.
    for (const old of this.#superseded(assignment))
      await this.drop(old, 'The board has been leased to someone else.');
    const taken = serials.find((serial) => this.#busy.has(serial));
    if (taken !== undefined)
      throw new FarmError(
        'conflict',
        `Board ${taken} still runs attempt ${this.#busy.get(taken)}.`,
      );
    for (const serial of serials) this.#busy.set(serial, attemptId);
    try {
      this.#start(await this.#options.store.create(assignment));
    } catch (error) {
      for (const serial of serials) this.#busy.delete(serial);
      const what = `The journal of ${attemptId} cannot be written: ${messageOf(error)}`;
      throw new FarmError('storage_full', what, { cause: error });
    }
  }

  /** Attempts that hold one of the boards under a smaller fence: they have lost their leases. */
  #superseded(assignment: Assignment): string[] {
    const old = boardsOf(assignment).flatMap(({ board, fence }) => {
      const id = this.#busy.get(board.serial) ?? '';
      const holder = this.#entries.get(id)?.journal.assignment;
      const held = holder && boardsOf(holder).find((one) => one.board.serial === board.serial);
      return held && held.fence < fence ? [id] : [];
    });
    return [...new Set(old)];
  }

  #start(journal: AttemptJournal): void {
    const abort = new AbortController();
    const over = this.#run(journal, abort);
    this.#entries.set(journal.attemptId, { journal, abort, over });
    this.#options.accepted(journal);
  }

  async #run(journal: AttemptJournal, abort: AbortController): Promise<void> {
    const { images, hostTests, lendInstruments, kinds, findBoard } = this.#options;
    const stopWatching = journal.onTrouble((error) => {
      this.#options.log.error({ err: error, attemptId: journal.attemptId }, 'journal write failed');
      const what = `The agent's disk refused the journal: ${error.message}. Make room on it.`;
      abort.abort(new StopOrder('journal', what));
    });
    const tools = { images, hostTests, lendInstruments, kinds, findBoard };
    try {
      for (const { board, problems } of await new AttemptRun(
        journal,
        tools,
        abort.signal,
      ).execute())
        this.#options.boardDirty(board, problems);
    } catch (error) {
      await this.#closeFailed(journal, error);
    } finally {
      for (const { board } of boardsOf(journal.assignment)) this.#busy.delete(board.serial);
      stopWatching();
    }
  }

  /** The run could not even write its end: the end is made of what the disk has. */
  async #closeFailed(journal: AttemptJournal, error: unknown): Promise<void> {
    this.#options.log.error({ err: error, attemptId: journal.attemptId }, 'attempt failed');
    for (const { board } of boardsOf(journal.assignment))
      this.#options.boardDirty(board, [messageOf(error)]);
    try {
      const saved = await journal.salvage();
      const cause = { reason: 'internalError', message: messageOf(error) } as const;
      await closeOrphan(journal, saved, cause);
    } catch (worse) {
      // Left on disk without its end: the next start of the agent closes it.
      this.#options.log.error({ err: worse, attemptId: journal.attemptId }, 'journal has no end');
    }
  }
}
