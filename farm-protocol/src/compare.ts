import { z } from 'zod';
import { runIdSchema, targetNameSchema } from './ids.js';
import { seriesViewSchema } from './series.js';
import { durationMsSchema } from './units.js';
import { caseVerdictSchema } from './verdict.js';

/** A submission, a run, or the first digits of a commit or an image. */
export const comparedSchema = z
  .string()
  .regex(
    /^((sub|run)_[0-9a-z]{23}|[0-9a-f]{7,64})$/,
    'expected a submission, a run, or 7 to 64 hex digits of a commit or an image',
  );

const sideSchema = z.object({
  n: z.number().int(),
  median: z.number(),
  min: z.number(),
  max: z.number(),
  /** Medians of the groups that its values form. */
  modes: z.array(z.number()),
});

/** What two builds measured of one series. */
export const seriesComparisonSchema = z.object({
  series: seriesViewSchema,
  a: sideSchema,
  b: sideSchema,
  /** From the first to the second, and the interval that has it with 95 %. */
  shift: z.number(),
  interval: z.tuple([z.number(), z.number()]),
  /** Cliff's delta, −1 to 1. */
  effect: z.number(),
  p: z.number(),
  /** False when they were measured in different environments: the numbers say nothing of the builds then. */
  comparable: z.boolean(),
});
export type SeriesComparison = z.infer<typeof seriesComparisonSchema>;

const shareSchema = z.object({
  failures: z.number().int(),
  runs: z.number().int(),
  /** Share of runs that failed, and the interval that has it with 95 %. */
  rate: z.number(),
  low: z.number(),
  high: z.number(),
});

/** Where a test fails more often than elsewhere. */
export const flakeClusterSchema = shareSchema.extend({
  by: z.enum(['board', 'fixture', 'hour']),
  value: z.string(),
});

/** A test that has passed and failed with one image. */
export const flakeSchema = shareSchema.extend({
  target: targetNameSchema,
  imageName: z.string(),
  /** Null for the image as a whole. */
  caseName: z.string().nullable(),
  /** Images with which it did both. */
  images: z.number().int(),
  clusters: z.array(flakeClusterSchema),
  lastMs: z.number().int(),
});
export type Flake = z.infer<typeof flakeSchema>;

export const flakeReportSchema = z.object({
  sinceMs: z.number().int(),
  spanMs: durationMsSchema,
  /** Executions that were looked at; the newest, when there were more than are looked at. */
  attempts: z.number().int(),
  items: z.array(flakeSchema),
});
export type FlakeReport = z.infer<typeof flakeReportSchema>;

const caseSideSchema = z.object({ runId: runIdSchema, verdict: caseVerdictSchema.nullable() });

/** A case that went another way in one submission than in another. */
export const caseChangeSchema = z.object({
  run: z.string(),
  target: z.string(),
  case: z.string(),
  /** `otherwise`: another verdict of the same meaning; `new` and `absent`: only one of the two has it. */
  change: z.enum(['broken', 'mended', 'otherwise', 'new', 'absent']),
  before: caseSideSchema.nullable(),
  after: caseSideSchema.nullable(),
});
export type CaseChange = z.infer<typeof caseChangeSchema>;

export const caseComparisonSchema = z.object({
  /** What broke first. */
  items: z.array(caseChangeSchema),
  /** Changes beyond those listed. */
  more: z.number().int(),
  /** Cases that went the same way. */
  same: z.number().int(),
});
export type CaseComparison = z.infer<typeof caseComparisonSchema>;
