import { z } from 'zod';
import { auditIdSchema } from './ids.js';
import { wallMsSchema } from './units.js';

/** Something that a person or a program has told the farm to do. */
export const auditEntrySchema = z.object({
  id: auditIdSchema,
  atMs: wallMsSchema,
  /** Name, role and tenant of whoever did it, as they were then. */
  actor: z.string(),
  role: z.string(),
  tenant: z.string(),
  /** Such as `tokens delete`, `boards state`. */
  action: z.string(),
  /** What it was done to, such as the serial of a board; empty when it failed to come into being. */
  subject: z.string(),
  /** What was asked for, as JSON, as far as it fits; empty when that says it all. */
  detail: z.string(),
  /** `done`, or the code of the error; null while it is under way, or when the controller died at it. */
  outcome: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;
