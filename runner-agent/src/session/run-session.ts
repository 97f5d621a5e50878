import type { EndReason } from '@greenrack/farm-protocol';
import type { SessionEnd } from './session-types.js';

/** Judges one run by its console. */
export interface RunSession {
  /** Resolves exactly once and never rejects. */
  readonly ended: Promise<SessionEnd>;
  /** Call it when the firmware runs and its console is being read. */
  start(): void;
  push(bytes: Uint8Array, atUs: number): void;
  /** The firmware has started anew by itself, says the board. */
  restarted?(): void;
  portLost(reason: EndReason, message: string): void;
  cancel(why: string): void;
}
