/*
 * The host-test contract: the host's half of an on-target test. A host test sees key-value messages and console lines
 * in wire order and may send messages back; it knows nothing of ports, boards or farms.
 */
import type { HostInstruments } from './host-instruments.js';
import type { Metric } from './metric.js';

/** What a host test may know of its board. */
export interface HostTestConfig {
  /** Name of the board's target. */
  readonly target: string;
  /** From a reset until the firmware reads its console, in ms; 0 when nothing is lost before. */
  readonly resetDelayMs: number;
}

/** What a host test may do. Calls after the run has ended are ignored. */
export interface HostTestContext {
  /** Sends `{{key;value}}` to the board. Rejects when the text holds a character that the board cannot parse. */
  send(key: string, value: string): Promise<void>;
  /** Gives the verdict; `message` explains a failure. */
  finish(verdict: 'pass' | 'fail', message: string): void;
  /**
   * Ends the run without a verdict on the code: the host test itself cannot go on, and `cause.message` says why. For
   * trouble that shows outside of a handler; inside of one, throw.
   */
  giveUp(cause: Error): void;
  /** Leaves a line in the run's record. */
  note(text: string): void;
  /** Records a number. One that cannot be a metric is left out and noted. */
  metric(metric: Metric): void;
  /** Restarts the firmware; resolves when the board runs again. The engine does not take it for a crash loop. */
  resetBoard(): Promise<void>;
  /** Tells the engine that the board will restart by itself (watchdog, software reset) and may do so once. */
  expectReset(): void;
  /**
   * Tells the engine that the firmware will crash because the test wants it to, and restart by itself. The next crash
   * report is noted and the run goes on.
   */
  expectCrash(): void;
  /**
   * Sends `__sync;value` to firmware that has restarted, again when it does not answer; resolves at its echo. A
   * firmware that never answers ends the run.
   */
  resync(value: string): Promise<void>;
  /** Resolves after `ms`, or rejects when the run ends before. For waits that the test's definition demands. */
  delay(ms: number): Promise<void>;
  /** Microseconds since the attempt began, monotonic. */
  nowUs(): number;
  /** What is left of the firmware's time, in ms. */
  leftMs(): number;
  readonly config: HostTestConfig;
  /** What else is wired to the board. A host test that uses one names its fixture in `needs`. */
  readonly instruments: HostInstruments;
}

/** A message from the board. */
export interface HostTestMessage {
  readonly key: string;
  readonly value: string;
  /** When its last byte arrived, in microseconds since the attempt began. */
  readonly atUs: number;
}

/** One run of a host test. Handlers are awaited one after the other; a throw ends the run with `hostTestError`. */
export interface HostTestSession {
  onMessage?(message: HostTestMessage): void | Promise<void>;
  onLine?(line: string, atUs: number): void | Promise<void>;
  /**
   * The firmware has left (`__exit`) and sends nothing more, or its time is over: the last moment for a verdict. May be
   * called for both.
   */
  onExit?(): void | Promise<void>;
  /**
   * The run is over, however it went: let go of what is held. Called exactly once for each session that was started,
   * possibly while a handler still waits. The board is put back when it has resolved, or after 8 s. A rejection is
   * noted and changes no verdict.
   */
  end?(): Promise<void>;
}

/** A host test as it is registered: a name that firmware asks for, and a factory. */
export interface HostTest {
  readonly name: string;
  /** Fixtures that it cannot do without. */
  readonly needs?: readonly string[];
  /** It compares the board's clock with the host's, so an emulated board must keep the host's time for it. */
  readonly comparesClocks?: true;
  start(context: HostTestContext): HostTestSession;
}
