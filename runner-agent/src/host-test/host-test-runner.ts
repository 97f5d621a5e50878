import type {
  HostInstruments,
  HostTest,
  HostTestConfig,
  HostTestContext,
  HostTestMessage,
  HostTestSession,
  Metric,
} from '@greenrack/farm-protocol';
import { HandlerQueue } from './handler-queue.js';
import { PendingDelays } from './pending-delays.js';

/** How long a host test may take to let go of what it holds, in ms. */
export const END_MS = 8000;

/** What the runner needs from the session that owns it. */
export interface HostTestPort {
  send(key: string, value: string): Promise<void>;
  finish(verdict: 'pass' | 'fail', message: string): void;
  note(text: string): void;
  metric(metric: Metric): void;
  resetBoard(): Promise<void>;
  expectReset(): void;
  expectCrash(): void;
  resync(value: string): Promise<void>;
  readonly config: HostTestConfig;
  readonly instruments: HostInstruments;
  setTimer(ms: number, fn: () => void): { cancel(): void };
  nowUs(): number;
  /** What is left of the firmware's time, in ms. */
  leftMs(): number;
  /** The host test threw, gave up or cannot keep up. Called at most once, never after `stop`. */
  failed(message: string, reason: HostTestFault): void;
  /** Every message so far has been handled. */
  idle(): void;
}

/** Why a run ends without a verdict when its host test is at fault. */
export type HostTestFault = 'hostTestError' | 'hostTestUnknown';

/** Thrown by a host test that turns out not to exist; `message` is for the submitter. */
export class HostTestUnknownError extends Error {
  override readonly name = 'HostTestUnknownError';
}

/** Rejects what a host test still waits for when its run is over. */
export class HostTestStoppedError extends Error {
  constructor() {
    super('the run has ended: the host test is not needed any more');
    this.name = 'HostTestStoppedError';
  }
}

/**
 * Runs one host test: its handlers one after the other, in wire order. A handler that returns no promise is done at
 * once, in the caller's turn. After `stop` nothing that the host test does has an effect.
 */
export class HostTestRunner {
  #stopped = false;
  #over: Promise<void> | undefined;
  #session: HostTestSession = {};
  readonly #queue: HandlerQueue;
  readonly #delays: PendingDelays;

  constructor(
    private readonly test: HostTest,
    private readonly port: HostTestPort,
  ) {
    this.#delays = new PendingDelays((ms, fn) => port.setTimer(ms, fn));
    this.#queue = new HandlerQueue(
      (why) => this.#fail(why),
      () => this.#whenWanted(() => port.idle()),
    );
  }

  /** Whether the host test asks for every console line. */
  get wantsLines(): boolean {
    return this.#session.onLine !== undefined;
  }

  /** Nothing is waiting and no handler is under way. */
  get isIdle(): boolean {
    return this.#queue.isIdle;
  }

  /** Creates the host test's session. */
  start(): void {
    try {
      this.#session = this.test.start(this.#context());
    } catch (error) {
      this.#fail(error);
    }
  }

  message(message: HostTestMessage): void {
    if (this.#stopped || !this.#session.onMessage) return;
    const size = message.key.length + message.value.length;
    this.#queue.add(size, () => this.#session.onMessage?.(message));
  }

  line(text: string, atUs: number): void {
    if (this.#stopped || !this.#session.onLine) return;
    this.#queue.add(text.length, () => this.#session.onLine?.(text, atUs));
  }

  /** Nothing more comes from the firmware. Resolves when the host test has had its last say, unless it is stopped before. */
  exit(): Promise<void> {
    if (this.#stopped || !this.#session.onExit) return Promise.resolve();
    return new Promise((resolve) => {
      this.#queue.add(0, async () => {
        await this.#session.onExit?.();
        resolve();
      });
    });
  }

  /**
   * The run is over: drops what is queued and rejects what the host test waits for. Resolves when the host test has let
   * go of what it holds, or has had its time; never rejects.
   */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.stop();
    this.#delays.rejectAll(new HostTestStoppedError());
    this.#over ??= this.#end();
    return this.#over;
  }

  async #end(): Promise<void> {
    try {
      await this.#inTime(this.#session.end?.());
    } catch (error) {
      this.port.note(`host test ${this.test.name} did not end cleanly: ${textOf(error)}`);
    }
  }

  #inTime(work: Promise<void> | undefined): Promise<void> {
    if (!work) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const late = new Error(`not over within ${END_MS} ms`);
      const timer = this.port.setTimer(END_MS, () => reject(late));
      work.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  #fail(cause: unknown): void {
    if (this.#stopped) return;
    void this.stop();
    if (cause instanceof HostTestUnknownError) this.port.failed(cause.message, 'hostTestUnknown');
    else this.port.failed(`host test ${this.test.name}: ${textOf(cause)}`, 'hostTestError');
  }

  #whenWanted(action: () => void): void {
    if (!this.#stopped) action();
  }

  #context(): HostTestContext {
    const { port } = this;
    return {
      send: (key, value) => this.#guard(() => port.send(key, value)),
      finish: (verdict, message) => this.#whenWanted(() => port.finish(verdict, message)),
      giveUp: (cause) => this.#fail(cause),
      note: (text) => this.#whenWanted(() => port.note(text)),
      metric: (metric) => this.#whenWanted(() => port.metric(metric)),
      resetBoard: () => this.#guard(() => port.resetBoard()),
      expectReset: () => this.#whenWanted(() => port.expectReset()),
      expectCrash: () => this.#whenWanted(() => port.expectCrash()),
      resync: (value) => this.#guard(() => port.resync(value)),
      config: port.config,
      instruments: port.instruments,
      delay: (ms) => this.#guard(() => this.#delays.wait(ms)),
      nowUs: () => port.nowUs(),
      leftMs: () => port.leftMs(),
    };
  }

  /** A promise that also rejects when the run ends while it waits, so that no handler goes on after the end. */
  #guard(action: () => Promise<void>): Promise<void> {
    const promise = this.#wanted(action);
    // A host test that does not await must not bring the agent down with an unhandled rejection.
    promise.catch(() => undefined);
    return promise;
  }

  async #wanted(action: () => Promise<void>): Promise<void> {
    if (this.#stopped) throw new HostTestStoppedError();
    await action();
    if (this.#stopped) throw new HostTestStoppedError();
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
