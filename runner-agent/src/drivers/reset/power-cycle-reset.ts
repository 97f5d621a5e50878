import { FarmError, parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PartMaker, PowerPart, ResetPart } from '../../contracts/board-part.js';

/** Resets by cutting the supply for as long as the power part says. */
class PowerCycleReset implements ResetPart {
  readonly holdsBoard = true;
  readonly #power: PowerPart;

  constructor(power: PowerPart) {
    this.#power = power;
  }

  async check(): Promise<string> {
    return 'by power';
  }

  async reset(signal: AbortSignal, begins?: () => void): Promise<void> {
    signal.throwIfAborted();
    await this.#power.off();
    begins?.();
    await this.#power.on(signal);
  }
}

export const maker: PartMaker<ResetPart> = {
  create(params, { where, power }) {
    parseOrThrow(z.strictObject({}), params, 'board_fault', where);
    if (power) return new PowerCycleReset(power);
    throw new FarmError('board_fault', `${where}: 'power-cycle' needs a power part; add \`power\``);
  },
};
