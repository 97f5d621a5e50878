import { z } from 'zod';
import { sha256Schema } from './ids.js';
import { byteCountSchema, MAX_IMAGE_BYTES, wallMsSchema } from './units.js';

/** What is to be uploaded, under its hash: its size is told before its first byte. */
export const uploadRequestSchema = z.strictObject({
  sizeBytes: z.number().int().min(1).max(MAX_IMAGE_BYTES),
});

/** An image on its way into the farm, piece by piece. */
export const uploadViewSchema = z.object({
  sha256: sha256Schema,
  sizeBytes: byteCountSchema,
  /** Bytes that the farm has for good: the next piece begins here. */
  offset: byteCountSchema,
  /** `done`: the farm has the image, and submissions may name it by its hash. */
  state: z.enum(['receiving', 'done']),
  /** When an unfinished one is given up, unless more of it comes. */
  expiresMs: wallMsSchema.optional(),
});
export type UploadView = z.infer<typeof uploadViewSchema>;
