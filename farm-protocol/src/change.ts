import { z } from 'zod';
import {
  boardSerialSchema,
  changeIdSchema,
  displayNameSchema,
  environmentIdSchema,
  seriesIdSchema,
  sha256Schema,
  submissionIdSchema,
} from './ids.js';
import { metricKindSchema } from './metric.js';
import { refSchema } from './origin.js';
import { textSchema } from './text.js';
import { metricUnitSchema, wallMsSchema } from './units.js';

/**
 * What has become of a shift in series. `detected`: the search has found it, nobody has shown it; `refuted`: interleaved
 * runs of both images showed none; `fixed`: the level is back, which is not confirmed yet; `returned`: back again after that;
 * `accepted`: the new level is as it should be.
 */
export const CHANGE_STATES = [
  'detected',
  'verified',
  'refuted',
  'assigned',
  'fixed',
  'verifiedFixed',
  'returned',
  'accepted',
] as const;
export const changeStateSchema = z.enum(CHANGE_STATES);
export type ChangeState = z.infer<typeof changeStateSchema>;

/** What the farm does about it by itself. `blocked`: something is missing. */
export const changeWorkSchema = z.enum(['confirm', 'bisect', 'blocked', 'done']);
export type ChangeWork = z.infer<typeof changeWorkSchema>;

export const changeEffectSchema = z.enum(['regression', 'improvement', 'change']);

/** One build at an end of a change. */
export const changeBuildSchema = z.object({
  imageSha256: sha256Schema,
  /** Null when nobody said what it was built from. */
  sha: z.string().nullable(),
});

/** Metrics that moved together, in one image on one board: one change. */
export const changeViewSchema = z.object({
  id: changeIdSchema,
  tenant: z.string(),
  repository: z.string().nullable(),
  ref: z.string().nullable(),
  target: z.string(),
  imageName: z.string(),
  /** Empty where images show it by themselves: such a change has no steps, since nothing had to run. */
  boardSerial: boardSerialSchema.or(z.literal('')),
  effect: changeEffectSchema,
  state: changeStateSchema,
  work: changeWorkSchema,
  /** Why the farm cannot go on, and what would help. */
  missing: z.string().nullable(),
  /** The last good and the first bad build, as far as is known. */
  good: changeBuildSchema,
  bad: changeBuildSchema,
  /** Nothing that is stored lies between them. */
  exact: z.boolean(),
  metrics: z.number().int(),
  /** The metric that shows it best, and the series whose it is; null where a change has none. */
  worst: z.object({
    seriesId: seriesIdSchema.nullable(),
    caseName: z.string().nullable(),
    metric: z.string(),
    unit: metricUnitSchema,
    before: z.number(),
    after: z.number(),
  }),
  assignee: z.string().nullable(),
  /** Why it was accepted. */
  reason: z.string().nullable(),
  /** Who accepted or assigned it last, or asked for it; null for the farm itself. */
  actor: z.string().nullable(),
  /** The earlier change that this one undoes, or brings back. */
  undoes: changeIdSchema.nullable(),
  returns: changeIdSchema.nullable(),
  foundMs: wallMsSchema,
  changedMs: wallMsSchema,
});
export type ChangeView = z.infer<typeof changeViewSchema>;

/** One of the metrics of a change. */
export const changeMetricSchema = z.object({
  seriesId: seriesIdSchema,
  metric: z.string(),
  caseName: z.string().nullable(),
  unit: metricUnitSchema,
  kind: metricKindSchema,
  effect: changeEffectSchema,
  before: z.number(),
  after: z.number(),
  /** Chance of one like it where nothing has changed, by the search; 0 of an exact metric. */
  p: z.number(),
  /** What interleaved runs said; null before. */
  outcome: z.enum(['confirmed', 'refuted']).nullable(),
  /** By these runs. */
  shift: z.number().nullable(),
});
export type ChangeMetric = z.infer<typeof changeMetricSchema>;

/** Runs of two images in turns that the farm made to confirm or to bisect. */
export const changeStepSchema = z.object({
  seq: z.number().int(),
  kind: z.enum(['confirm', 'bisect']),
  submissionId: submissionIdSchema,
  good: changeBuildSchema,
  bad: changeBuildSchema,
  /** Which of both ran when. */
  sides: z.string(),
  /** Null while it runs. `untestable`: the second image measures nothing. */
  outcome: z.enum(['confirmed', 'refuted', 'more', 'untestable', 'broken']).nullable(),
});
export type ChangeStep = z.infer<typeof changeStepSchema>;

export const changeDetailSchema = changeViewSchema.extend({
  metricList: z.array(changeMetricSchema),
  steps: z.array(changeStepSchema),
});
export type ChangeDetail = z.infer<typeof changeDetailSchema>;

/** Has the farm look at two builds of a series, whatever the search said. */
export const changeRequestSchema = z.strictObject({
  series: seriesIdSchema,
  ref: refSchema.optional(),
  /** First digits of a commit, or of an image's SHA-256. */
  good: z.string().regex(/^[0-9a-f]{7,64}$/, 'expected 7 to 64 lower-case hex digits'),
  bad: z.string().regex(/^[0-9a-f]{7,64}$/, 'expected 7 to 64 lower-case hex digits'),
});
export const acceptRequestSchema = z.strictObject({ reason: textSchema(500).min(1) });
export const assignRequestSchema = z.strictObject({ assignee: displayNameSchema });

export const noiseProfileSchema = z.enum(['quiet', 'noisy', 'bimodal', 'drifting']);

/** What is known of a series on one branch. */
export const seriesStateSchema = z.object({
  seriesId: seriesIdSchema,
  ref: z.string().nullable(),
  /** `incomparable`: its only build in this environment; the one before is run again in it. */
  state: z.enum(['steady', 'suspect', 'changed', 'incomparable']),
  profile: noiseProfileSchema,
  /** As it behaves, whatever it says it is. */
  kind: metricKindSchema,
  environment: environmentIdSchema,
  value: z.number(),
  builds: z.number().int(),
  /** How far runs of one image lie apart at most: nothing changed between them. */
  spread: z.number(),
  /** Changes that interleaved runs did not confirm, since it was last right. */
  falseAlarms: z.number().int(),
  /** It may stop a gate. Lost by false alarms, and earned back. */
  gates: z.boolean(),
  /** Builds without a false alarm, while it has lost its gate. */
  calmBuilds: z.number().int(),
  changedMs: wallMsSchema,
});
export type SeriesState = z.infer<typeof seriesStateSchema>;
