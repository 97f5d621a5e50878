import { compareVerdicts } from '@greenrack/farm-model';
import type { Assignment, AttemptEnd, BoardSpec, EventBody } from '@greenrack/farm-protocol';
import type { ConsoleLogSeal } from '../console/console-log-writer.js';
import type { Board } from '../contracts/board-driver.js';
import type { ImageSource } from '../contracts/image-source.js';
import type { LendInstruments } from '../contracts/instruments.js';
import { clip, within } from '../deadline.js';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import { sealed } from '../journal/stream-files.js';
import type { RunKind } from '../session/run-kind.js';
import type { HostTestRegistry, SessionEnd } from '../session/session-types.js';
import { SystemClock } from '../session/system-clock.js';
import { AttemptPhases } from './attempt-phases.js';
import { BoardRun } from './board-run.js';
import { joinBoards } from './join-boards.js';
import { outcomeOf } from './outcome.js';
import { inRole, ordersOf } from './roles.js';
import { StopOrder } from './stop-order.js';

/** How long the logs may take to be on disk before the boards are put back without it, in ms. */
const COLLECT_MS = 5_000;
const MAX_MESSAGE = 4000;

export interface AttemptTools {
  readonly images: ImageSource;
  readonly hostTests: HostTestRegistry;
  readonly lendInstruments: LendInstruments;
  readonly kinds: readonly RunKind[];
  /** Resolves to the board of an order. @throws RunFault when there is none. */
  findBoard(order: Assignment): Promise<Board>;
}

/** A board that could not be put back, and why. */
export interface DirtyBoard {
  readonly board: BoardSpec;
  readonly problems: readonly string[];
}

/**
 * Executes one attempt on its board, or on the boards of all its roles: prepare, flash, run, collect, restore. A phase
 * begins when all boards are through the one before; in the run they start one after the other. Whatever happens on the
 * way, the journal ends with `attemptEnd` and every board is put back first.
 */
export class AttemptRun {
  readonly #journal: AttemptJournal;
  readonly #clock = new SystemClock();
  /** Stops the other boards when one has failed. */
  readonly #others = new AbortController();
  readonly #parts: readonly BoardRun[];
  readonly #wallMs = Date.now();
  readonly #phases = new AttemptPhases((body) => this.#emit(body));

  constructor(journal: AttemptJournal, tools: AttemptTools, signal: AbortSignal) {
    this.#journal = journal;
    const context = {
      ...{ journal, tools, clock: this.#clock, wallMs: this.#wallMs },
      signal: AbortSignal.any([signal, this.#others.signal]),
    };
    this.#parts = ordersOf(journal.assignment).map(
      ({ order, stream }) =>
        new BoardRun(order, context, {
          stream,
          emit: (body, atUs) => journal.append(inRole(body, order.role), atUs),
        }),
    );
  }

  /** Rejects only when a console log cannot be written at all. Resolves to the boards that could not be put back. */
  async execute(): Promise<readonly DirtyBoard[]> {
    const { board } = this.#journal.assignment;
    await Promise.all(this.#parts.map((part) => part.createLog()));
    this.#emit({
      type: 'attemptBegin',
      boardSerial: board.serial,
      target: board.target,
      wallMs: this.#wallMs,
    });
    const end = await this.#attempt().catch(outcomeOf);
    const sealing = Promise.all(this.#parts.map((part) => part.collect()));
    await this.#collected(sealing);
    const dirty = await this.#restore();
    // The end vouches for the logs, so it waits for a disk that takes no more; the boards have been put back by now.
    const seals = (await sealing).map((seal, i) => {
      return { name: this.#parts[i]?.stream ?? '', kind: 'console', ...seal } as const;
    });
    const traces = await Promise.all(this.#parts.map((part) => part.measured()));
    const streams = sealed([...seals, ...traces.filter((each) => each !== undefined)]);
    const weighed = this.#parts.reduce((so, part) => part.weighed(so), end);
    this.#emit({ type: 'attemptEnd', ...weighed, ...streams, ...this.#facts() });
    return dirty;
  }

  async #attempt(): Promise<SessionEnd> {
    await this.#phases.run('prepare', async () => await this.#all((part) => part.prepare()));
    await this.#phases.run('flash', async () => await this.#all((part) => part.flash()));
    return await this.#phases.run(
      'run',
      async () => await this.#run(),
      (end) => (end.verdict === 'infra' ? end.message : undefined),
    );
  }

  async #run(): Promise<SessionEnd> {
    const ends: Promise<SessionEnd | undefined>[] = [];
    try {
      await this.#all((part) => part.open());
      if (this.#journal.assignment.link === 'network')
        joinBoards(this.#parts.map(({ plug }) => plug));
      await this.#start(ends);
      return this.#whole(await Promise.all(ends));
    } finally {
      await Promise.all(this.#parts.map((part) => part.finish()));
    }
  }

  /** Of the run's own board, and of the others by their roles. */
  #facts(): Pick<AttemptEnd, 'host' | 'environment' | 'partners'> {
    const [own, ...others] = this.#parts;
    const partners = others.map(({ order, facts }) => ({ role: order.role ?? '', ...facts }));
    return { ...own?.facts, ...(partners.length > 0 && { partners }) };
  }

  /** Joined boards fail by each other: when one of them had no sound bench, what the others found is no evidence. */
  #whole(ends: readonly (SessionEnd | undefined)[]): SessionEnd {
    const isJoined = this.#journal.assignment.link === 'network';
    const broken = isJoined ? ends.find((end) => end?.verdict === 'infra') : undefined;
    return broken ?? worstOf(ends);
  }

  /** One after the other: a server listens before its clients ask. */
  async #start(ends: Promise<SessionEnd | undefined>[]): Promise<void> {
    for (const part of this.#parts) {
      // A board that came before has failed meanwhile: that is how the attempt ends.
      if (this.#others.signal.aborted) return;
      await part.start();
      ends.push(this.#endOf(part));
    }
  }

  /** How a board's run ended. Unless it passed it ends the others, for which that is no end of their own. */
  async #endOf(part: BoardRun): Promise<SessionEnd | undefined> {
    const end = await part.ended();
    const { role } = part.order;
    if (role === undefined) return end;
    if (this.#others.signal.aborted && end.verdict === 'cancelled') return undefined;
    if (end.verdict !== 'pass')
      this.#others.abort(new StopOrder('cancel', `${role} ended as ${end.verdict}`));
    return { ...end, message: end.message && clip(`${role}: ${end.message}`, MAX_MESSAGE) };
  }

  /** Does the same with every board. The first that fails stops the others; nothing is still being done at the end. */
  async #all(work: (part: BoardRun) => Promise<void>): Promise<void> {
    const works = this.#parts.map(async (part) => {
      try {
        await work(part);
      } catch (error) {
        this.#others.abort(error);
        throw error;
      }
    });
    await Promise.allSettled(works);
    await Promise.all(works);
  }

  /** The boards are put back whatever the disk does: the phase ends in time, and the logs perhaps later. */
  async #collected(sealing: Promise<readonly ConsoleLogSeal[]>): Promise<void> {
    const onDisk = async () => await within(COLLECT_MS, 'the console log on disk', sealing);
    // What failed is in the phase's end; the log itself is asked again after the restore.
    await this.#phases.run('collect', onDisk).catch(() => undefined);
  }

  async #restore(): Promise<DirtyBoard[]> {
    const restored = async () =>
      await Promise.all(
        this.#parts.map(async (part) => {
          return { board: part.order.board, problems: await part.restore() };
        }),
      );
    const problemsIn = (boards: readonly DirtyBoard[]) => boards.flatMap((one) => one.problems);
    const boards = await this.#phases.run('restore', restored, (all) =>
      problemsIn(all).length === 0 ? undefined : problemsIn(all).join('; '),
    );
    return boards.filter(({ problems }) => problems.length > 0);
  }

  #emit(body: EventBody): void {
    this.#journal.append(body, this.#clock.nowUs());
  }
}

/** The worst end counts; of equal ones the first. */
function worstOf(ends: readonly (SessionEnd | undefined)[]): SessionEnd {
  const own = ends.filter((end) => end !== undefined);
  const [worst] = own.sort((a, b) => compareVerdicts(b.verdict, a.verdict));
  if (!worst) throw new Error('no board has ended');
  return worst;
}
