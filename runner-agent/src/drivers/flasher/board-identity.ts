import type { BoardSpec } from '@greenrack/farm-protocol';
import { z } from 'zod';

/** A DAPLink probe has the same number as its USB serial number and as its `Unique ID`. */
const DAPLINK_ID = /^[0-9A-Fa-f]{32,64}$/;

/** Parameters that pin what a board tells of itself. */
export const identityParams = {
  /** The code that this board's probe tells, where it is none of its target's. */
  detectCode: z
    .string()
    .regex(/^[0-9a-f]{4}$/, 'expected 4 hex digits')
    .optional(),
};

/** Who the inventory says is plugged in here. */
export interface WantedBoard {
  readonly board: Pick<BoardSpec, 'serial' | 'target' | 'detectCodes'>;
  /** Overrules the detect codes of the target. */
  readonly detectCode?: string | undefined;
}

/** The id that a DAPLink probe must show: that of its parameters, or the board's serial number if it is one. */
export function wantedId({ board }: WantedBoard, uniqueId: string | undefined): string | undefined {
  if (uniqueId !== undefined) return uniqueId.toLowerCase();
  return DAPLINK_ID.test(board.serial) ? board.serial.toLowerCase() : undefined;
}

/** What is wrong with the kind of board that `id` tells, and what to do; undefined when nothing is. */
export function wrongKind(id: string, wanted: WantedBoard): string | undefined {
  const codes = codesOf(wanted);
  const told = id.slice(0, 4);
  if (codes.length === 0 || codes.includes(told)) return undefined;
  const { serial, target } = wanted.board;
  return (
    `the board that is plugged in tells detect code ${told} (ID ${id}), but the inventory has ${serial} here, ` +
    `a ${target} with ${codes.join(' or ')}. Plug the right board in, or correct its model in the rack file; ` +
    `if it is right and its probe tells another code, set flasher.detectCode to ${told}`
  );
}

/** One line for people: how far the kind of board is known. */
export function kindNote(id: string | undefined, wanted: WantedBoard): string {
  if (id === undefined) return 'it does not tell what kind of board it is';
  if (codesOf(wanted).length === 0) return `detect code ${id.slice(0, 4)}, not compared`;
  return `detect code ${id.slice(0, 4)} as ${wanted.board.target}`;
}

function codesOf({ board, detectCode }: WantedBoard): readonly string[] {
  return detectCode === undefined ? (board.detectCodes ?? []) : [detectCode];
}
