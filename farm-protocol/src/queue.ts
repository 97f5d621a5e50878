import { z } from 'zod';
import { runViewSchema, waitingSchema } from './api.js';
import { tenantSchema } from './ids.js';
import { bandSchema } from './submission.js';
import { wallMsSchema } from './units.js';

/** Runs that wait for the same: one requirement, one priority, one tenant. They begin in the order in which they came. */
export const laneViewSchema = z.object({
  /** The next of them. */
  first: runViewSchema,
  tenant: tenantSchema,
  band: bandSchema,
  runs: z.number().int(),
  /** When the oldest of them was submitted. */
  oldestMs: wallMsSchema,
  /** Why the first waits; null when it does not any more. */
  waiting: waitingSchema.nullable(),
});
export type LaneView = z.infer<typeof laneViewSchema>;

/** What waits, and who has how much of the farm now. */
export const queueViewSchema = z.object({
  /** Those that wait longest come first. */
  lanes: z.array(laneViewSchema),
  /** Lanes beyond those. */
  moreLanes: z.number().int(),
  tenants: z.array(
    z.object({ tenant: tenantSchema, running: z.number().int(), waiting: z.number().int() }),
  ),
});
export type QueueView = z.infer<typeof queueViewSchema>;
