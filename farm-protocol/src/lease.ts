import { z } from 'zod';
import { boardSpecSchema } from './board.js';
import {
  attemptIdSchema,
  displayNameSchema,
  fileNameSchema,
  leaseIdSchema,
  partSchema,
  runIdSchema,
  sha256Schema,
} from './ids.js';
import { boardLinkSchema, MAX_PARTNERS, runOrderSchema } from './run-spec.js';
import { imageFormatSchema } from './submission.js';
import { byteCountSchema, durationMsSchema } from './units.js';

/** The image of an assignment; the agent fetches the bytes by hash unless its cache has them. */
export const assignedImageSchema = z.object({
  sha256: sha256Schema,
  sizeBytes: byteCountSchema,
  name: fileNameSchema,
  format: imageFormatSchema,
});
export type AssignedImage = z.infer<typeof assignedImageSchema>;

/**
 * What is to be done differently after infrastructure faults of the run. Every attempt begins with a reset;
 * `powerCycle`: this board failed the run before, so its power is cut and what it holds is not trusted;
 * `otherBoard`: others failed it, this board did not.
 */
export const RECOVERIES = ['none', 'powerCycle', 'otherBoard'] as const;
export const recoverySchema = z.enum(RECOVERIES);
export type Recovery = z.infer<typeof recoverySchema>;

/** Another board of an assignment, with its own lease, and the image that runs on it. */
export const partnerOrderSchema = z.object({
  role: partSchema,
  leaseId: leaseIdSchema,
  fence: z.number().int().min(1),
  board: boardSpecSchema,
  image: assignedImageSchema,
  boardEpoch: z.number().int().optional(),
  ...runOrderSchema.shape,
});
export type PartnerOrder = z.infer<typeof partnerOrderSchema>;

/** An order to execute one attempt, with the lease that allows it. */
export const assignmentSchema = z.object({
  attemptId: attemptIdSchema,
  runId: runIdSchema,
  runName: displayNameSchema,
  attemptNumber: z.number().int().min(1),
  leaseId: leaseIdSchema,
  /** Grows with every lease of a board; whoever holds a smaller number is too late. */
  fence: z.number().int().min(1),
  leaseTtlMs: durationMsSchema,
  board: boardSpecSchema,
  image: assignedImageSchema,
  /** Hard bound on the whole attempt. */
  timeoutMs: durationMsSchema,
  ...runOrderSchema.shape,
  maxConsoleBytes: byteCountSchema,
  /** Default `none`. */
  recovery: recoverySchema.optional(),
  /** All memory of the board is erased before its image is written, as far as its flasher can. Default: it is not. */
  erase: z.boolean().optional(),
  /**
   * Another whenever something other than a lease has happened to the board since the one before: it was offline,
   * suspect, in maintenance, in another rack. What was flashed before that is not trusted.
   */
  boardEpoch: z.number().int().optional(),
  /** What this board is among several, which are the others, in the order in which they start, and how they are linked. */
  role: partSchema.optional(),
  partners: z.array(partnerOrderSchema).max(MAX_PARTNERS).optional(),
  link: boardLinkSchema.optional(),
});
export type Assignment = z.infer<typeof assignmentSchema>;
