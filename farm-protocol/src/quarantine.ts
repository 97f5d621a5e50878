import { z } from 'zod';
import { displayNameSchema, quarantineIdSchema, targetNameSchema, tenantSchema } from './ids.js';
import { repositorySchema } from './origin.js';
import { textSchema } from './text.js';
import { wallMsSchema } from './units.js';

/** Longest that a case may be quarantined at a time: somebody has to look at it again. */
export const MAX_QUARANTINE_DAYS = 90;

const where = {
  /** Default: in every repository of the tenant, every suite, on every target, in every run. */
  repository: repositorySchema.optional(),
  suite: displayNameSchema.optional(),
  target: targetNameSchema.optional(),
  run: displayNameSchema.optional(),
  case: textSchema(200).min(1),
};

/** A case that is to be reported and not to gate, because somebody takes care of it. */
export const quarantineRequestSchema = z.strictObject({
  ...where,
  reason: textSchema(300).min(1),
  days: z.number().int().min(1).max(MAX_QUARANTINE_DAYS),
});
export type QuarantineRequest = z.infer<typeof quarantineRequestSchema>;

export const quarantineViewSchema = z.object({
  id: quarantineIdSchema,
  tenant: tenantSchema,
  ...where,
  reason: z.string(),
  /** Who asked for it. */
  owner: z.string(),
  createdMs: wallMsSchema,
  untilMs: wallMsSchema,
});
export type QuarantineView = z.infer<typeof quarantineViewSchema>;
