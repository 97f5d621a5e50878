import { randomUUID } from 'node:crypto';
import type { BoardEnvironment, BoardTiming, EventBody, HostFacts } from '@greenrack/farm-protocol';
import { CompareLogSession } from '../compare-log/compare-log-session.js';
import { type ConsoleLogSeal, ConsoleLogWriter } from '../console/console-log-writer.js';
import type { Board } from '../contracts/board-driver.js';
import type { FlashReport } from '../contracts/flasher.js';
import type { HeldImage, ImageSource } from '../contracts/image-source.js';
import type { LendInstruments } from '../contracts/instruments.js';
import { within } from '../deadline.js';
import {
  GreenteaSession,
  type HostTestRegistry,
  type SessionEnd,
  type SessionPort,
  type SessionTiming,
} from '../greentea/greentea-session.js';
import { SystemClock } from '../greentea/system-clock.js';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import { sealed } from '../journal/stream-files.js';
import { AttemptPhases, step } from './attempt-phases.js';
import { ConsoleTap } from './console-tap.js';
import { heldBack } from './held-back.js';
import { outcomeOf } from './outcome.js';
import type { RunSession } from './run-session.js';
import { StarvationWatch } from './starvation-watch.js';
import { checkSuitable } from './suitability.js';
import { UndoStack } from './undo-stack.js';

/** Budget from the answer to `__sync` until the firmware announces its own, in ms; greentea's default. */
const START_MS = 10_000;
/** Longest start, flash or reset of a board. */
const BOARD_STEP_MS = 60_000;
/** How long the log may take to be on disk before the board is put back without it, in ms. */
const COLLECT_MS = 5_000;
/** Longest wait for an image, its download included. */
const IMAGE_MS = 130_000;

const CONSOLE = 'console';

export interface AttemptTools {
  readonly images: ImageSource;
  readonly hostTests: HostTestRegistry;
  readonly lendInstruments: LendInstruments;
  /** Resolves to the board of the attempt. @throws RunFault when there is none. */
  findBoard(): Promise<Board>;
}

/** What an attempt leaves behind for the agent. */
export interface AttemptResult {
  /** What could not be put back; empty when the board is as it should be. */
  readonly problems: readonly string[];
}

/**
 * Executes one attempt: prepare, flash, run, collect, restore. Whatever happens on the way, the journal ends with
 * `attemptEnd` and the board is put back first.
 */
export class AttemptRun {
  readonly #journal: AttemptJournal;
  readonly #tools: AttemptTools;
  readonly #signal: AbortSignal;
  readonly #clock = new SystemClock();
  readonly #wallMs = Date.now();
  readonly #undo = new UndoStack();
  #tap: ConsoleTap | undefined;
  #host: StarvationWatch | undefined;
  #facts: HostFacts | undefined;
  #environment: BoardEnvironment | undefined;
  readonly #phases = new AttemptPhases((body) => this.#emit(body));

  constructor(journal: AttemptJournal, tools: AttemptTools, signal: AbortSignal) {
    this.#journal = journal;
    this.#tools = tools;
    this.#signal = signal;
  }

  /** Rejects only when the console log cannot be written at all. */
  async execute(): Promise<AttemptResult> {
    const { board } = this.#journal.assignment;
    const log = await this.#createLog();
    this.#emit({
      type: 'attemptBegin',
      boardSerial: board.serial,
      target: board.target,
      wallMs: this.#wallMs,
    });
    const end = await this.#attempt(log).catch(outcomeOf);
    const sealing = this.#collect(log);
    await this.#collected(sealing);
    const problems = await this.#phases.run(
      'restore',
      async () => await this.#undo.unwind(),
      (left) => (left.length === 0 ? undefined : left.join('; ')),
    );
    // The end vouches for the log, so it waits for a disk that takes no more; the board has been put back by now.
    const seal = { name: CONSOLE, kind: 'console', ...(await sealing) } as const;
    const host = this.#facts && { host: this.#facts };
    const environment = this.#environment && { environment: this.#environment };
    this.#emit({ type: 'attemptEnd', ...end, ...sealed([seal]), ...host, ...environment });
    return { problems };
  }

  async #attempt(log: ConsoleLogWriter): Promise<SessionEnd> {
    const { board, image } = await this.#phases.run('prepare', async () => await this.#prepare());
    await this.#phases.run('flash', async () => {
      const fault = { reason: 'flashFailed', what: 'flashing', ms: BOARD_STEP_MS } as const;
      const report = await step(this.#signal, fault, board.flasher.flash(image, this.#signal));
      if (report) this.#emit({ type: 'note', text: flashNote(report) });
    });
    return await this.#phases.run(
      'run',
      async () => await this.#run(board, log),
      (end) => (end.verdict === 'infra' ? end.message : undefined),
    );
  }

  /** The board starts while the image is being fetched: neither needs the other yet. */
  async #prepare(): Promise<{ board: Board; image: HeldImage }> {
    this.#signal.throwIfAborted();
    const board = await this.#tools.findBoard();
    const [image] = await settleAll(this.#acquire(), this.#powerOn(board));
    checkSuitable(this.#journal.assignment, image.info);
    await this.#setClock(board, image);
    return { board, image };
  }

  /** Firmware that is compared with the host's clock keeps the host's time, all other the board's. */
  async #setClock(board: Board, { info }: HeldImage): Promise<void> {
    if (!board.useClock) return;
    const { clock, hostTest } = this.#journal.assignment;
    const named = hostTest === undefined ? undefined : this.#tools.hostTests.get(hostTest);
    const compares = hostTest === undefined ? info.mentions?.length : named?.comparesClocks;
    const fault = {
      reason: 'boardStartFailed',
      what: 'setting the clock',
      ms: BOARD_STEP_MS,
    } as const;
    const chosen = clock ?? (compares ? 'host' : 'own');
    await step(this.#signal, fault, board.useClock(chosen, this.#signal));
  }

  async #acquire(): Promise<HeldImage> {
    const fault = { reason: 'imageUnavailable', what: 'fetching the image', ms: IMAGE_MS } as const;
    const acquired = this.#tools.images.acquire(this.#journal.assignment.image, this.#signal);
    this.#undo.add('release of the image', async () => {
      // One that could not be had needs no release; its error has been reported by the phase.
      const image = await acquired.catch(() => undefined);
      image?.release();
    });
    return await step(this.#signal, fault, acquired);
  }

  async #powerOn(board: Board): Promise<void> {
    this.#undo.add('power off', async () => await board.power.off());
    if (this.#journal.assignment.recovery === 'powerCycle') await this.#cutPower(board);
    const fault = { reason: 'boardStartFailed', what: 'power on', ms: BOARD_STEP_MS } as const;
    await step(this.#signal, fault, board.power.on(this.#signal));
  }

  /** This board failed the run before: it starts from cold, and with its image written afresh. */
  async #cutPower(board: Board): Promise<void> {
    this.#emit({ type: 'note', text: 'recovery: power is cut and the image written again' });
    const fault = { reason: 'boardStartFailed', what: 'power off', ms: BOARD_STEP_MS } as const;
    await step(this.#signal, fault, board.power.off());
    board.flasher.forget?.();
  }

  async #run(board: Board, log: ConsoleLogWriter): Promise<SessionEnd> {
    const { maxConsoleBytes: maxBytes, timing } = this.#journal.assignment;
    const tap = new ConsoleTap({ console: board.console, log, clock: this.#clock, maxBytes });
    this.#undo.add('closing the console', async () => await board.console.close());
    this.#tap = tap;
    await board.console.open(tap, this.#signal, timing?.baudRate);
    this.#signal.throwIfAborted();
    const session: RunSession = this.#newCompareLog(board, tap) ?? this.#newSession(board, tap);
    tap.connect(session);
    const { runName } = this.#journal.assignment;
    this.#host = new StarvationWatch(board.hostShare, this.#clock.nowUs(), runName);
    const stopListening = this.#obey(session);
    try {
      await this.#reset(board, () => tap.begin());
      tap.begin();
      session.start();
      return this.#host.judge(this.#judge(await session.ended, tap));
    } finally {
      stopListening();
      session.cancel('the run is over');
      // The board is put back after this: the host test must have let go of it.
      await session.ended;
      this.#noteNetwork(board);
      this.#environment = board.environment;
      this.#facts = await this.#host.facts(this.#clock.nowUs());
    }
  }

  #noteNetwork({ network }: Board): void {
    const seen = network?.summary();
    if (seen !== undefined) this.#emit({ type: 'note', text: `network: ${seen}` });
  }

  #newSession(board: Board, tap: ConsoleTap): GreenteaSession {
    const { hostTest, timeoutMs, timing, board: spec } = this.#journal.assignment;
    const leftMs = Math.max(1, timeoutMs - Math.round(this.#clock.nowUs() / 1000));
    const port: SessionPort = {
      write: async (bytes) => await tap.write(bytes),
      reset: async () => await this.#reset(board),
    };
    const instruments = this.#tools.lendInstruments(spec.fixtures);
    this.#undo.add('taking back instruments', async () => await instruments.release());
    const options = {
      timing: {
        ...board.traits,
        ...overrides(spec.timing),
        ...overrides(timing),
        startTimeoutMs: START_MS,
        runTimeoutMs: leftMs,
      },
      ...(hostTest === undefined ? {} : { hostTest }),
      hostTests: this.#tools.hostTests,
      clock: this.#clock,
      ...heldBack(board.hostShare),
      newUuid: randomUUID,
      isWired: isWired(board),
      target: spec.target,
      fixtures: spec.fixtures,
      instruments,
    };
    return new GreenteaSession(options, port, (body, atUs) => this.#fromSession(body, atUs, tap));
  }

  /** A case that was running when the core locked up has crashed; the session only sees a console that is gone. */
  #fromSession(body: EventBody, atUs: number, tap: ConsoleTap): void {
    const crashed = tap.crash && body.type === 'caseEnd' && body.verdict === 'infra';
    const seen = crashed ? { ...body, verdict: 'crash' as const } : body;
    this.#journal.append(this.#host?.see(seen, atUs) ?? seen, atUs);
  }

  #judge(end: SessionEnd, { crash }: ConsoleTap): SessionEnd {
    if (!crash || end.verdict !== 'infra') return end;
    this.#emit({ type: 'crash', crash });
    return { verdict: 'crash', reason: 'crashBlock', message: crash.message };
  }

  async #reset(board: Board, begins?: () => void): Promise<void> {
    const fault = { reason: 'boardStartFailed', what: 'reset', ms: BOARD_STEP_MS } as const;
    await step(this.#signal, fault, board.resetLine.reset(this.#signal, begins));
  }

  /** Undefined when the run is not judged by the lines of its console. */
  #newCompareLog(board: Board, tap: ConsoleTap): CompareLogSession | undefined {
    const { compareLog, timeoutMs } = this.#journal.assignment;
    if (!compareLog) return undefined;
    const runTimeoutMs = Math.max(1, timeoutMs - Math.round(this.#clock.nowUs() / 1000));
    const options = { compareLog, clock: this.#clock, runTimeoutMs, isWired: isWired(board) };
    return new CompareLogSession(options, (body, atUs) => this.#fromSession(body, atUs, tap));
  }

  /** Ends the session when the attempt is told to stop. Returns how to stop listening. */
  #obey(session: RunSession): () => void {
    const stop = (): void => {
      const order = outcomeOf(this.#signal.reason);
      if (order.verdict === 'cancelled') session.cancel(order.message);
      else session.portLost(order.reason, order.message);
    };
    this.#signal.addEventListener('abort', stop, { once: true });
    if (this.#signal.aborted) stop();
    return () => this.#signal.removeEventListener('abort', stop);
  }

  /** A board is put back whatever the disk does: the phase ends in time, and the log perhaps later. */
  async #collected(sealing: Promise<ConsoleLogSeal>): Promise<void> {
    const onDisk = async () => await within(COLLECT_MS, 'the console log on disk', sealing);
    // What failed is in the phase's end; the log itself is asked again after the restore.
    await this.#phases.run('collect', onDisk).catch(() => undefined);
  }

  /** Ends the log: what the board prints from here on belongs to no attempt. */
  async #collect(log: ConsoleLogWriter): Promise<ConsoleLogSeal> {
    this.#tap?.close();
    return await log.seal();
  }

  async #createLog(): Promise<ConsoleLogWriter> {
    const journal = this.#journal;
    return await ConsoleLogWriter.create({
      path: journal.streamPath(CONSOLE),
      wallMs: this.#wallMs,
      onWritten: (bytes) => journal.streamGrew(CONSOLE, bytes),
      onError: (error) => journal.troubled(error),
    });
  }

  #emit(body: EventBody): void {
    this.#journal.append(body, this.#clock.nowUs());
  }
}

/** A board that shares this machine is part of it. */
const isWired = ({ hostShare }: Board): boolean => hostShare === undefined;

function flashNote({ bytesWritten, sectorsWritten, detail }: FlashReport): string {
  return `flash: ${bytesWritten} bytes in ${sectorsWritten} sectors written; ${detail}`;
}

/** What the inventory says of a board's timing; fields without a value overrule nothing. */
function overrides(timing: BoardTiming = {}): Partial<SessionTiming> {
  return Object.fromEntries(Object.entries(timing).filter(([, value]) => value !== undefined));
}

/** Like Promise.all, but rejects only when all have settled: nothing is still being done when the undo begins. */
async function settleAll<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return await Promise.all([a, b]);
}
