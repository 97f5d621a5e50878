import { FarmError, parseOrThrow } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { PartMaker, ResetPart } from '../../contracts/board-part.js';
import { ToolFlasher } from '../tool/tool-flasher.js';

/** Resets with the tool that flashes. */
export const maker: PartMaker<ResetPart> = {
  create(params, { where, flasher }) {
    parseOrThrow(z.strictObject({}), params, 'board_fault', where);
    if (flasher instanceof ToolFlasher && flasher.canReset) return flasher;
    const cure = 'Use `break`, `power-cycle`, or a flash tool that resets';
    throw new FarmError('board_fault', `${where}: this flasher cannot reset a board. ${cure}.`);
  },
};
