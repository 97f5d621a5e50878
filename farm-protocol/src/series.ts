import { z } from 'zod';
import {
  attemptIdSchema,
  environmentIdSchema,
  runIdSchema,
  seriesIdSchema,
  sha256Schema,
} from './ids.js';
import { metricDirectionSchema, metricKindSchema } from './metric.js';
import { metricUnitSchema, wallMsSchema } from './units.js';

/** A metric over builds on one board: nothing but the build may differ between its points. */
export const seriesViewSchema = z.object({
  id: seriesIdSchema,
  tenant: z.string(),
  /** Null when nobody said what is built. */
  repository: z.string().nullable(),
  target: z.string(),
  imageName: z.string(),
  caseName: z.string().nullable(),
  metric: z.string(),
  unit: metricUnitSchema,
  direction: metricDirectionSchema,
  kind: metricKindSchema,
  boardSerial: z.string(),
  toolchain: z.string().nullable(),
  profile: z.string().nullable(),
  configuration: z.string().nullable(),
  /** Serial of what measured it; null when the firmware or its host test did. */
  instrument: z.string().nullable(),
  /** Older points, but those of releases, were removed by policy. */
  pointsFromMs: wallMsSchema.optional(),
});
export type SeriesView = z.infer<typeof seriesViewSchema>;

/** What one attempt measured. */
export const seriesPointSchema = z.object({
  attemptId: attemptIdSchema,
  runId: runIdSchema,
  atMs: wallMsSchema,
  /** Median of its repeats. */
  value: z.number(),
  /** Repeats, and how far they lie from their median, in the median. */
  repeats: z.number().int(),
  deviation: z.number(),
  imageSha256: sha256Schema,
  ref: z.string().nullable(),
  sha: z.string().nullable(),
  commitMs: wallMsSchema.nullable(),
  /** Names what must be the same for two points to be compared. */
  environment: environmentIdSchema,
});
export type SeriesPoint = z.infer<typeof seriesPointSchema>;
