import type { Assignment, HostInstruments } from '@greenrack/farm-protocol';
import type { ConsoleTraits } from '../contracts/board-driver.js';
import type { OwnTime } from './budget.js';
import type { RunSession } from './run-session.js';
import type { EmitEvent, HostTestRegistry, SessionClock, SessionPort } from './session-types.js';

/** What a session may use of the run that it judges. */
export interface SessionContext {
  readonly order: Assignment;
  readonly traits: ConsoleTraits;
  readonly port: SessionPort;
  readonly clock: SessionClock;
  /** What is left of the run's own limit, in ms. */
  readonly runTimeoutMs: number;
  /** Something is wired to the board that may be loose, or set wrongly: silence is not yet the firmware's fault. */
  readonly isWired: boolean;
  /** For a board with a clock of its own: how far it is behind ours. Its budgets are of its own time then. */
  readonly behindMs?: OwnTime['behindMs'];
  readonly hostTests: HostTestRegistry;
  /** What host tests work beside the console. Who made them takes them back after the run. */
  readonly instruments: HostInstruments;
}

/** A way to judge runs. Each has a room of its own and one line in `run-kinds.ts`. */
export interface RunKind {
  readonly name: string;
  /** Undefined when the order asks for another kind. */
  open(context: SessionContext, emit: EmitEvent): RunSession | undefined;
}
