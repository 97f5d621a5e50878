import {
  type Assignment,
  type AttemptEnd,
  type BoardEnvironment,
  type EventBody,
  impairmentText,
  type StreamSeal,
} from '@greenrack/farm-protocol';
import { type ConsoleLogSeal, ConsoleLogWriter } from '../console/console-log-writer.js';
import type { Board } from '../contracts/board-driver.js';
import type { HeldImage } from '../contracts/image-source.js';
import type { LanPlug } from '../contracts/network-peer.js';
import { RunFault } from '../contracts/run-fault.js';
import type { AttemptJournal } from '../journal/attempt-journal.js';
import type { SessionContext } from '../session/run-kind.js';
import type { RunSession } from '../session/run-session.js';
import type { SessionEnd } from '../session/session-types.js';
import type { SystemClock } from '../session/system-clock.js';
import { BOARD_STEP_MS, step } from './attempt-phases.js';
import type { AttemptTools } from './attempt-run.js';
import { ConsoleTap } from './console-tap.js';
import { heldBack } from './held-back.js';
import { outcomeOf } from './outcome.js';
import { weighedByPower } from './power-limits.js';
import { PowerRecording } from './power-recording.js';
import { StarvationWatch } from './starvation-watch.js';
import { checkSuitable } from './suitability.js';
import { UndoStack } from './undo-stack.js';
import { eraseBoard, writeImage } from './write-image.js';

/** Its answer comes behind all samples that a busy machine has not taken yet. */
const METER_STOP_MS = 70_000;
/** Longest wait for an image, its download included. */
const IMAGE_MS = 130_000;

/** What the boards of one attempt share. */
export interface AttemptContext {
  readonly journal: AttemptJournal;
  readonly tools: AttemptTools;
  readonly signal: AbortSignal;
  readonly clock: SystemClock;
  readonly wallMs: number;
}

/** The part of one board in an attempt: what is done with it in each phase. */
export class BoardRun {
  readonly order: Assignment;
  /** Name of its console among the attempt's streams. */
  readonly stream: string;
  readonly #context: AttemptContext;
  readonly #emit: (body: EventBody, atUs?: number) => void;
  readonly #undo = new UndoStack();
  readonly #power: PowerRecording;
  #log: ConsoleLogWriter | undefined;
  #board: Board | undefined;
  #image: HeldImage | undefined;
  #tap: ConsoleTap | undefined;
  #session: RunSession | undefined;
  #host: StarvationWatch | undefined;
  #facts: Pick<AttemptEnd, 'host' | 'environment'> = {};
  #stopListening: () => void = () => {};

  constructor(
    order: Assignment,
    context: AttemptContext,
    { stream, emit }: { stream: string; emit: (body: EventBody, atUs: number) => void },
  ) {
    this.order = order;
    this.stream = stream;
    this.#context = context;
    this.#emit = (body, atUs = context.clock.nowUs()) => emit(body, atUs);
    this.#power = new PowerRecording({
      journal: context.journal,
      stream: stream.replace(/^console/, 'trace-power'),
      consoleStream: stream,
      plan: order.power,
      nowUs: () => context.clock.nowUs(),
      emit: (body) => this.#emit(body),
    });
  }

  /** What the machine gave a virtual board and what it was, once it has run. */
  get facts(): Pick<AttemptEnd, 'host' | 'environment'> {
    return this.#facts;
  }

  /** Where it can be joined with the other boards, once it is on. */
  get plug(): LanPlug | undefined {
    return this.#board?.network?.plug;
  }

  get #signal(): AbortSignal {
    return this.#context.signal;
  }

  async createLog(): Promise<void> {
    const { journal, wallMs } = this.#context;
    this.#log = await ConsoleLogWriter.create({
      path: journal.streamPath(this.stream),
      wallMs,
      onWritten: (bytes) => journal.streamGrew(this.stream, bytes),
      onError: (error) => journal.troubled(error),
    });
  }

  /** The board starts while the image is being fetched: neither needs the other yet. */
  async prepare(): Promise<void> {
    this.#signal.throwIfAborted();
    const board = await this.#context.tools.findBoard(this.order);
    this.#board = board;
    const [image] = await settleAll(this.#acquire(), this.#powerOn(board));
    this.#image = image;
    checkSuitable(this.order, image.info);
    await this.#setClock(board, image);
  }

  async flash(): Promise<void> {
    const how = {
      signal: this.#signal,
      note: (text: string) => this.#emit({ type: 'note', text }),
    };
    const flasher = known(this.#board).flasher;
    if (this.order.erase) await eraseBoard(flasher, how);
    await writeImage(flasher, known(this.#image), how);
  }

  /** Listens to the board, which does not run yet. */
  async open(): Promise<void> {
    const [board, log] = [known(this.#board), known(this.#log)];
    const { maxConsoleBytes: maxBytes, timing, runName } = this.order;
    const { clock } = this.#context;
    const tap = new ConsoleTap({ console: board.console, log, clock, maxBytes });
    this.#undo.add('closing the console', async () => await board.console.close());
    this.#tap = tap;
    this.#impair(board);
    await this.#measurePower(board);
    await board.console.open(tap, this.#signal, timing?.baudRate);
    this.#signal.throwIfAborted();
    const session = this.#newSession(board, tap);
    this.#session = session;
    tap.connect(session);
    this.#host = new StarvationWatch(board.hostShare, clock.nowUs(), runName);
    this.#stopListening = this.#obey(session);
  }

  /** The firmware begins. */
  async start(): Promise<void> {
    const tap = known(this.#tap);
    await this.#reset(known(this.#board), () => tap.begin());
    tap.begin();
    known(this.#session).start();
  }

  /** How its run ended, once it has. */
  async ended(): Promise<SessionEnd> {
    const end = await known(this.#session).ended;
    return known(this.#host).judge(this.#judge(end, known(this.#tap)));
  }

  /** Ends what still runs: the board is put back after this, and the host test must have let go of it. */
  async finish(): Promise<void> {
    this.#stopListening();
    this.#session?.cancel('the run is over');
    await this.#session?.ended;
    if (this.#board) this.#noteNetwork(this.#board);
    const environment = this.#environment();
    const host = await this.#host?.facts(this.#context.clock.nowUs());
    this.#facts = { ...(host && { host }), ...(environment && { environment }) };
  }

  /** What measurements depend on beside the firmware; undefined when there is nothing to tell. */
  #environment(): BoardEnvironment | undefined {
    const { impairment } = this.order;
    const meter = this.#power.environment;
    const told = {
      ...this.#board?.environment,
      ...(meter && { meter }),
      ...(impairment && { network: impairmentText(impairment) }),
    };
    return Object.keys(told).length > 0 ? told : undefined;
  }

  /** Ends the log: what the board prints from here on belongs to no attempt. */
  async collect(): Promise<ConsoleLogSeal> {
    this.#tap?.close();
    return await known(this.#log).seal();
  }

  /** Its power while it ran, once the board has been put back; undefined when nothing measures it. */
  async measured(): Promise<StreamSeal | undefined> {
    return await this.#power.end();
  }

  /** How the run ended, once its power has been judged by the bounds that it asks for. */
  weighed(end: SessionEnd): SessionEnd {
    return weighedByPower(end, this.#power.outcomes, (body) => this.#emit(body));
  }

  /** Puts the board back. Answers what could not be. */
  async restore(): Promise<string[]> {
    return await this.#undo.unwind();
  }

  /** Firmware that is compared with the host's clock keeps the host's time, all other the board's. */
  async #setClock(board: Board, { info }: HeldImage): Promise<void> {
    if (!board.useClock) return;
    const { clock, hostTest } = this.order;
    const named = hostTest === undefined ? undefined : this.#context.tools.hostTests.get(hostTest);
    const compares = hostTest === undefined ? info.mentions?.length : named?.comparesClocks;
    const fault = {
      reason: 'boardStartFailed',
      what: 'setting the clock',
      ms: BOARD_STEP_MS,
    } as const;
    const chosen = clock ?? (compares ? 'host' : 'own');
    await step(this.#signal, fault, board.useClock(chosen, this.#signal));
  }

  #impair({ network }: Board): void {
    const { impairment } = this.order;
    if (!impairment) return;
    if (!network)
      throw new RunFault(
        'fixtureMissing',
        'The run wants an impaired network, and only that of a virtual board can be: name the fixture `ethernet` or `lan`.',
      );
    network.impair(impairment);
  }

  async #acquire(): Promise<HeldImage> {
    const fault = { reason: 'imageUnavailable', what: 'fetching the image', ms: IMAGE_MS } as const;
    const acquired = this.#context.tools.images.acquire(this.order.image, this.#signal);
    this.#undo.add('release of the image', async () => {
      // One that could not be had needs no release; its error has been reported by the phase.
      const image = await acquired.catch(() => undefined);
      image?.release();
    });
    return await step(this.#signal, fault, acquired);
  }

  async #powerOn(board: Board): Promise<void> {
    this.#undo.add('power off', async () => await board.power.off());
    if (this.order.recovery === 'powerCycle') await this.#cutPower(board);
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

  /** From before the firmware starts. */
  async #measurePower({ meter }: Board): Promise<void> {
    if (!meter) return;
    const stop = async () => await this.#power.stop();
    this.#undo.add('stopping the power meter', stop, METER_STOP_MS);
    await this.#power.begin(meter, this.#signal);
  }

  #noteNetwork({ network }: Board): void {
    const seen = network?.summary();
    if (seen !== undefined) this.#emit({ type: 'note', text: `network: ${seen}` });
  }

  /** By the first kind that judges what is ordered. @throws Error when none does */
  #newSession(board: Board, tap: ConsoleTap): RunSession {
    const context = this.#sessionContext(board, tap);
    const emit = (body: EventBody, atUs: number) => this.#fromSession(body, atUs, tap);
    for (const kind of this.#context.tools.kinds) {
      const session = kind.open(context, emit);
      if (session) return session;
    }
    throw new Error(`no kind of session judges run ${this.order.runName}`);
  }

  #sessionContext(board: Board, tap: ConsoleTap): SessionContext {
    const { order } = this;
    const { clock, tools } = this.#context;
    const { cable } = board.network ?? {};
    const lent = tools.lendInstruments(order.board.fixtures, { ...(cable && { cable }) });
    this.#undo.add('taking back instruments', async () => await lent.release());
    return {
      ...{ order, clock, hostTests: tools.hostTests, instruments: lent.instruments },
      traits: board.traits,
      port: {
        write: async (bytes) => await tap.write(bytes),
        reset: async () => await this.#reset(board),
      },
      runTimeoutMs: Math.max(1, order.timeoutMs - Math.round(clock.nowUs() / 1000)),
      // A board that shares this machine is part of it.
      isWired: board.hostShare === undefined,
      ...heldBack(board.hostShare),
    };
  }

  /** A case that was running when the core locked up has crashed; the session only sees a console that is gone. */
  #fromSession(body: EventBody, atUs: number, tap: ConsoleTap): void {
    const crashed = tap.crash && body.type === 'caseEnd' && body.verdict === 'infra';
    const seen = crashed ? { ...body, verdict: 'crash' as const } : body;
    this.#power.see(body, atUs);
    this.#emit(this.#host?.see(seen, atUs) ?? seen, atUs);
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
}

/** What an earlier phase has made. @throws Error when it has not: phases come in their order */
function known<T>(made: T | undefined): T {
  if (made === undefined) throw new Error('a phase was left out');
  return made;
}

/** Like Promise.all, but rejects only when all have settled: nothing is still being done when the undo begins. */
async function settleAll<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return await Promise.all([a, b]);
}
