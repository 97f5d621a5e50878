import { FarmError } from '@greenrack/farm-protocol';
import type { PartMaker, PowerPart } from '../../contracts/board-part.js';
import { powerFault } from './power-fault.js';

const CURE = 'See to the meter, which feeds the board';

/** The supply is the board's power meter, which can switch it. The meter is disposed of as a meter. */
export const maker: PartMaker<PowerPart> = {
  create(_params, { where, meter }) {
    const { on, off } = meter ?? {};
    if (!meter || !on || !off)
      throw new FarmError('board_fault', `${where}: the board has no meter that feeds it`);
    return {
      async on(signal) {
        signal.throwIfAborted();
        await on.call(meter, signal).catch((error: unknown) => {
          signal.throwIfAborted();
          throw powerFault('power on', CURE, error);
        });
      },
      off: async () =>
        await off.call(meter).catch((error: unknown) => {
          throw powerFault('power off', CURE, error);
        }),
      check: async (signal) => await meter.check(signal),
    };
  },
};
