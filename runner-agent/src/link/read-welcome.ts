import {
  MAX_ORDERS,
  MAX_RACK_BOARDS,
  parseOrThrow,
  type Welcome,
  welcomeSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { Turns } from '../turns.js';

const { boards, attempts } = welcomeSchema.shape;

/** A welcome of which the boards and the orders are still to be read. */
export const welcomeOutlineSchema = welcomeSchema.extend({
  boards: z.array(z.unknown()).max(MAX_RACK_BOARDS),
  attempts: z.array(z.unknown()).max(MAX_ORDERS),
});

/** Reads the rest of it, in turns with the runs under way. @throws FarmError that names the first that is not understood */
export async function readWelcome(outline: z.infer<typeof welcomeOutlineSchema>): Promise<Welcome> {
  const turns = new Turns();
  const each = async <T>(
    schema: z.ZodType<T>,
    values: readonly unknown[],
    name: string,
  ): Promise<T[]> => {
    const read: T[] = [];
    for (const [i, value] of values.entries()) {
      read.push(parseOrThrow(schema, value, 'invalid_request', `welcome.${name}[${i}]`));
      await turns.pass();
    }
    return read;
  };
  return {
    ...outline,
    boards: await each(boards.element, outline.boards, 'boards'),
    attempts: await each(attempts.element, outline.attempts, 'attempts'),
  };
}
