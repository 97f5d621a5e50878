import { z } from 'zod';

/** One part: its kind, as drivers/registry.ts names it; the rest is for the part itself. */
export const partSchema = z.looseObject({ kind: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/) });
export type PartParams = z.infer<typeof partSchema>;

/** Parameters of a board on a desk: which parts it is reached by, and how its firmware wants to be talked to. */
export const physicalParamsSchema = z.strictObject({
  console: partSchema,
  flasher: partSchema,
  /** `flasher` lets the flash tool do it; `power-cycle` needs a power part. */
  reset: partSchema,
  power: partSchema.optional(),
  /** Measures the board's current; `power` of kind `meter` lets it feed the board too. */
  meter: partSchema.optional(),
  /** Cut the supply after every run. Costs the start of the board before the next one. */
  offBetweenRuns: z.boolean().default(false),
  /**
   * From the reset until the firmware listens, in ms. It says nothing before it is greeted, so this cannot be seen;
   * Mbed's own tools wait 1000 ms and more.
   */
  bootMs: z.number().int().min(0).max(30_000).default(200),
  writePaceUsPerByte: z.number().int().min(0).max(100_000).default(0),
  syncTimeoutMs: z.number().int().min(50).max(60_000).default(2000),
  syncTries: z.number().int().min(1).max(100).default(5),
});
export type PhysicalParams = z.infer<typeof physicalParamsSchema>;
