import { setTimeout as pause } from 'node:timers/promises';
import { FarmError, parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { BreakSender, PartMaker, ResetPart } from '../../contracts/board-part.js';
import { RunFault } from '../../contracts/run-fault.js';
import { messageOf } from '../../deadline.js';

const paramsSchema = z.strictObject({
  /** How long the line is held, in ms. DAPLink pulls nRST for as long; shorter ones are lost by some probes. */
  breakMs: z.number().int().min(10).max(2000).default(250),
});

/** Resets through the console: the probe takes a break on the serial line for a reset. */
class BreakReset implements ResetPart {
  readonly holdsBoard = true;
  readonly #console: BreakSender;
  readonly #breakMs: number;

  constructor(console: BreakSender, breakMs: number) {
    this.#console = console;
    this.#breakMs = breakMs;
  }

  async check(): Promise<string> {
    return `serial break of ${this.#breakMs} ms`;
  }

  async reset(signal: AbortSignal, begins?: () => void): Promise<void> {
    signal.throwIfAborted();
    try {
      await this.#console.sendBreak(this.#breakMs, begins);
    } catch (error) {
      const cure = 'Use a port of a DAPLink probe, or another kind of reset.';
      throw new RunFault('boardStartFailed', `serial break: ${messageOf(error)}. ${cure}`, error);
    }
    // The next thing that is sent must not follow the stop of the break within one character.
    await pause(1);
  }
}

export const maker: PartMaker<ResetPart> = {
  create(params, { where, console }) {
    const { breakMs } = parseOrThrow(paramsSchema, params, 'board_fault', where);
    const { sendBreak } = console ?? {};
    if (!console || !sendBreak)
      throw new FarmError('board_fault', `${where}: this console cannot send a break`);
    return new BreakReset({ sendBreak: (ms, ends) => sendBreak.call(console, ms, ends) }, breakMs);
  },
};
