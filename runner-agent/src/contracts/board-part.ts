import type { BoardSpec } from '@greenrack/farm-protocol';
import type { Console } from './console.js';
import type { Flasher } from './flasher.js';
import type { MeterPart } from './power-meter.js';
import type { PowerSwitch } from './power-switch.js';
import type { ResetLine } from './reset-line.js';

/** A part that is not there now, and rightly so: it comes when it is needed. */
export interface AbsentPart {
  /** Why that is well, for people. */
  readonly absent: string;
}

/** What every part of a board can do beside its capability. */
export interface BoardPart {
  /** Looks, without disturbing the board, and tells what was found. @throws RunFault that says what to do. */
  check(signal: AbortSignal): Promise<string | AbsentPart>;
  /** Text that changes when the part was unplugged meanwhile, for parts that can tell. */
  presence?(): Promise<string>;
  /** Lets go of what is kept between attempts. */
  dispose?(): Promise<void>;
}

/** A console that may go away at a reset. */
export interface ResetFollower {
  /**
   * Runs `reset`; resolves when the console of a firmware that started anew is open again, if it was open before.
   * @param begins - see `ResetLine`; handed to `reset` by a console that stays
   * @throws RunFault when it does not come back, or what `reset` throws
   */
  acrossReset(reset: (begins: () => void) => Promise<void>, begins?: () => void): Promise<void>;
}

export type ConsolePart = Console & BoardPart & Partial<ResetFollower>;
export type FlasherPart = Flasher & BoardPart;
export type PowerPart = PowerSwitch & BoardPart;
export type ResetPart = ResetLine &
  BoardPart & {
    /** The board stands still for a while: what was under way arrives meanwhile, and `begins` is called at the end. */
    readonly holdsBoard?: boolean;
  };

/** A console whose line can be held low, which probes and adapters take for a reset. */
export interface BreakSender {
  /**
   * @param ends - called right before the line is let go
   * @throws RunFault when the port cannot send a break or is not open.
   */
  sendBreak(durationMs: number, ends?: () => void): Promise<void>;
}

/** The core of a virtual board, as what it does can be seen from outside. */
export interface CoreActivity {
  /** ns for which the core has executed instructions since its start, by its own clock if it has one. Never rejects. */
  awakeNs(): Promise<number>;
  /** Outputs that have changed since the last call, in their order. */
  takeEdges(): OutputEdge[];
}

/** From then on the outputs were like that. */
export interface OutputEdge {
  /** By the host's wall clock. */
  readonly atMs: number;
  /** Bit n is line Dn. */
  readonly lines: number;
}

/** What a part may know of the board that it belongs to. */
export interface PartContext {
  /** The place in the inventory, for messages: `board X: wiring.params.flasher`. */
  readonly where: string;
  readonly board: BoardSpec;
  /** Folder of this board alone; exists. */
  readonly workDir: string;
  /** Parts made before this one; undefined when the board has none. */
  readonly console?: Console & Partial<BreakSender>;
  readonly flasher?: Flasher & Partial<ResetPart>;
  readonly power?: PowerPart;
  readonly meter?: MeterPart & Partial<PowerSwitch>;
  /** Of a virtual board. */
  readonly core?: CoreActivity;
}

/** Makes the parts of one kind. @throws FarmError `board_fault` when the parameters are wrong. */
export interface PartMaker<Part> {
  create(params: unknown, context: PartContext): Part;
}
