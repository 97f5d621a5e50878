import { z } from 'zod';
import { runTimingSchema } from './board.js';
import { displayNameSchema, fileNameSchema, sha256Schema } from './ids.js';
import { originSchema } from './origin.js';
import { askedOfBoard, MAX_PARTNERS, runSettings, specPartnerSchema } from './run-spec.js';
import { MAX_IMAGE_BYTES, MAX_IMAGES_PER_SUBMISSION, MAX_RUNS_PER_SUBMISSION } from './units.js';

/** Formats that an image may have; `raw` is the content of a card or a disk. */
export const IMAGE_FORMATS = ['elf', 'hex', 'bin', 'uf2', 'raw'] as const;
export const imageFormatSchema = z.enum(IMAGE_FORMATS);
export type ImageFormat = z.infer<typeof imageFormatSchema>;

/** Priority bands, first served first. */
export const BANDS = ['urgent', 'high', 'normal', 'low'] as const;
export const bandSchema = z.enum(BANDS);
export type Band = z.infer<typeof bandSchema>;

/** An image that the spec names. With `sha256` the bytes need not be uploaded again when the farm has them. */
export const specImageSchema = z.strictObject({
  name: fileNameSchema,
  sha256: sha256Schema.optional(),
  sizeBytes: z.number().int().min(1).max(MAX_IMAGE_BYTES).optional(),
  /** How its firmware wants to be talked to, on whatever board; overrules what the inventory says. */
  timing: runTimingSchema.optional(),
});

export const specRunSchema = z.strictObject({
  /** Shown in reports. Default: the image's name without its extension. */
  name: displayNameSchema.optional(),
  /** Name of an image of this submission. */
  image: fileNameSchema,
  ...askedOfBoard,
  ...runSettings,
  /** What runs beside it on other boards. All are flashed before any starts; they start in this order, the run's own first. */
  partners: z.array(specPartnerSchema).min(1).max(MAX_PARTNERS).optional(),
  /** Executes the run this many times as separate runs. Default 1. */
  repeat: z.number().int().min(1).max(1000).optional(),
});
export type SpecRun = z.infer<typeof specRunSchema>;

/** The declarative spec of a submission: data only, never code. JSON or YAML. */
export const submissionSpecSchema = z.strictObject({
  version: z.literal(1),
  name: displayNameSchema,
  priority: bandSchema.default('normal'),
  /** The commit that all images were built from. */
  origin: originSchema.optional(),
  images: z.array(specImageSchema).max(MAX_IMAGES_PER_SUBMISSION).default([]),
  runs: z.array(specRunSchema).min(1).max(MAX_RUNS_PER_SUBMISSION),
});
export type SubmissionSpec = z.infer<typeof submissionSpecSchema>;
