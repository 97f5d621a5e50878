import { baudRateSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';

/** A serial device of the inventory. */
export const portParams = {
  /** Device file; the names in /dev/serial/by-id stay the same when the board is replugged. */
  path: z.string().max(512).startsWith('/'),
  baudRate: baudRateSchema.default(9600),
};

export const serialParamsSchema = z.strictObject({
  ...portParams,
  /** How long the device may take to appear after power-on, in ms. */
  appearMs: z.number().int().min(0).max(60_000).default(5000),
  /** The console is the target's own USB, so it vanishes at each reset and comes back. */
  vanishesAtReset: z.boolean().default(false),
});
export type SerialParams = z.infer<typeof serialParamsSchema>;
