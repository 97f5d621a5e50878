import type {
  AttemptVerdict,
  EndReason,
  EventBody,
  HostInstruments,
  HostTest,
} from '@greenrack/farm-protocol';
import type { OwnTime } from './budget.js';

/** The board as the session sees it. */
export interface SessionPort {
  /** Resolves when the bytes are handed to the port. */
  write(bytes: Uint8Array): Promise<void>;
  /** Restarts the firmware; resolves when the board runs again. */
  reset(): Promise<void>;
}

export interface SessionTiming {
  /** From a reset until the firmware reads its console, in ms; what is sent earlier is lost. Default 0. */
  resetDelayMs?: number | undefined;
  /** Wait for the answer to one `__sync`, in ms. */
  syncTimeoutMs: number;
  /** How often the board is started for `__sync`, at least 1; the n-th start gets n waits. */
  syncTries: number;
  /** What is written waits until firmware takes it, however late it starts. Default: it is lost. */
  keepsInput?: boolean | undefined;
  /** Budget from the answer to `__sync` until `__timeout` arrives, in ms. */
  startTimeoutMs: number;
  /** Upper bound on all, from the start, in ms. */
  runTimeoutMs: number;
  /** For boards that lose bytes of a burst: time between two bytes sent, in µs. 0: as fast as the port takes them. */
  writePaceUsPerByte: number;
}

export interface Timer {
  cancel(): void;
}

export interface SessionClock {
  /** Microseconds since the attempt began, monotonic. */
  nowUs(): number;
  setTimer(ms: number, fn: () => void): Timer;
}

/** The host tests that an agent has, by the name that firmware asks for. */
export interface HostTestRegistry {
  /** One that is answered may still turn out not to exist when it is started. */
  get(name: string): HostTest | undefined;
  keys(): Iterable<string>;
}

export interface SessionOptions {
  timing: SessionTiming;
  /** Overrules the host test that the firmware asks for. */
  hostTest?: string;
  hostTests: HostTestRegistry;
  clock: SessionClock;
  /** For a board with a clock of its own: how far it is behind ours. Its budgets are of its own time then. */
  behindMs?: OwnTime['behindMs'];
  newUuid: () => string;
  /** Something is wired to the board that may be loose, or set wrongly: silence is not yet the firmware's fault. */
  isWired: boolean;
  /** The board's target: an image that names another one when it crashes was sent to the wrong board. */
  target?: string;
  /** What is wired to the board. A host test that needs more is blocked. Default: nothing. */
  fixtures?: readonly string[];
  /** What host tests work beside the console. Who made them takes them back after the run. */
  instruments: HostInstruments;
}

/** How the run on the board ended. */
export interface SessionEnd {
  verdict: AttemptVerdict;
  reason: EndReason;
  message: string;
}

/** Takes an event; `atUs` is when the bytes that caused it arrived. */
export type EmitEvent = (body: EventBody, atUs: number) => void;
