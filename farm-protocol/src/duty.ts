import { z } from 'zod';
import { dutyIdSchema } from './ids.js';
import { wallMsSchema } from './units.js';

/** Something that the farm must do, as an operator sees it. */
export const dutyViewSchema = z.object({
  id: dutyIdSchema,
  kind: z.string().max(64),
  /** What it is about, such as the id of a submission. */
  subject: z.string().max(512),
  dueMs: wallMsSchema,
  /** Failures in a row. */
  tries: z.number().int().min(0),
  lastError: z.string().max(2000).nullable(),
  /** Given up after too many failures: nothing happens until somebody has it tried again. */
  dead: z.boolean(),
  /** The controller that is at it. */
  owner: z.string().max(64).nullable(),
});
export type DutyView = z.infer<typeof dutyViewSchema>;
