import type { BoardEnvironment, BoardSpec, Clock } from '@greenrack/farm-protocol';
import type { Console } from './console.js';
import type { Flasher } from './flasher.js';
import type { HostShare } from './host-share.js';
import type { NetworkPeer } from './network-peer.js';
import type { PowerMeter } from './power-meter.js';
import type { PowerSwitch } from './power-switch.js';
import type { ResetLine } from './reset-line.js';

/** What a look at the board found. */
export interface BoardFinding {
  readonly usable: boolean;
  /** What was found; when unusable, why and what to do. */
  readonly detail: string;
}

/** What a look at one channel of a board found. */
export interface ChannelFinding extends BoardFinding {
  /** Such as `console` or `flasher`. */
  readonly channel: string;
  /** It is not there now, and rightly so: it cannot be tried. */
  readonly isAbsent?: true;
}

/** How a board's console wants to be talked to. */
export interface ConsoleTraits {
  /** Pause between two bytes sent, in µs, for boards that lose bytes of a burst. 0: none. */
  readonly writePaceUsPerByte: number;
  /** Wait for the answer to one `__sync`, in ms, from when the firmware was started. */
  readonly syncTimeoutMs: number;
  /** How often the firmware is started for `__sync`; at least 1. The n-th start gets n waits. */
  readonly syncTries: number;
  /** What is written waits until firmware takes it, however late it starts. */
  readonly keepsInput?: boolean;
}

/**
 * One board of the rack. The order in which the capabilities are used is the same for every board: power on, flash,
 * open the console, reset; then close the console and power off.
 */
export interface Board {
  readonly console: Console;
  readonly flasher: Flasher;
  readonly power: PowerSwitch;
  readonly resetLine: ResetLine;
  readonly traits: ConsoleTraits;
  /** The network that this agent gives the board; undefined when it gives none, and while the board has no power. */
  readonly network?: NetworkPeer | undefined;
  /** Measures the board's current; undefined when nothing does. */
  readonly meter?: PowerMeter | undefined;
  /** For a board that shares the agent's machine with others. */
  readonly hostShare?: HostShare | undefined;
  /** Of a virtual board that is on: what else than the firmware its measurements depend on. */
  readonly environment?: BoardEnvironment | undefined;
  /** Before it is flashed, for a board that is on: whose time it keeps in this attempt. Real boards have no choice. */
  useClock?(clock: Clock, signal: AbortSignal): Promise<void>;
  /** Looks whether the board could run something now. Never rejects but for the signal. */
  probe(signal: AbortSignal): Promise<BoardFinding>;
  /** Looks at each channel of the board, for boards that have several. Never rejects but for the signal. */
  channels?(signal: AbortSignal): Promise<ChannelFinding[]>;
  /** Lets go of everything that is kept between attempts; the board is not used any more. @throws RunFault */
  dispose(): Promise<void>;
}

/** Makes boards of one kind. */
export interface BoardDriver {
  /** As `wiring.driver` of the inventory names it. */
  readonly name: string;
  /**
   * @param workDir - folder of this board alone; made by the driver when needed, gone after `dispose`, emptied when the agent starts
   * @throws FarmError when the wiring's parameters are wrong
   */
  create(spec: BoardSpec, workDir: string): Board | Promise<Board>;
}
