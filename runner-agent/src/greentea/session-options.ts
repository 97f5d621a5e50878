import type { HostInstruments } from '@greenrack/farm-protocol';
import type { OwnTime } from '../session/budget.js';
import type { HostTestRegistry, SessionClock } from '../session/session-types.js';

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
