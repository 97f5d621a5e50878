import { z } from 'zod';
import { textSchema } from './text.js';
import { metricUnitSchema } from './units.js';

/**
 * How a metric behaves when nothing has changed: an exact one repeats to the last digit, a near-exact one but for a few
 * counts, a noisy one not at all.
 */
export const METRIC_KINDS = ['exact', 'near-exact', 'noisy'] as const;
export const metricKindSchema = z.enum(METRIC_KINDS);
export type MetricKind = z.infer<typeof metricKindSchema>;

export const metricDirectionSchema = z.enum(['lower', 'higher', 'none']);

/** Longest name of a metric, in characters. */
export const MAX_METRIC_NAME_CHARS = 120;

/** A named number; `direction` says which way is better. */
export const metricSchema = z.object({
  name: textSchema(MAX_METRIC_NAME_CHARS).min(1),
  value: z.number().finite(),
  unit: metricUnitSchema,
  direction: metricDirectionSchema,
  /** As whoever measured it says; else its unit tells. */
  kind: metricKindSchema.optional(),
  caseName: textSchema(200).optional(),
});
export type Metric = z.infer<typeof metricSchema>;

/** Metrics of a run that may have bounds. */
const MAX_BOUNDS = 64;

/** Between which values a metric can be at all, in its unit. */
export const metricBoundsSchema = z
  .strictObject({ min: z.number().finite().optional(), max: z.number().finite().optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'expected min, max or both')
  .refine(({ min = -Infinity, max = Infinity }) => min <= max, 'min is over max');
export type MetricBounds = z.infer<typeof metricBoundsSchema>;

/** By the names of metrics, whatever case they are of. */
export const boundsOfMetricsSchema = z
  .record(metricSchema.shape.name, metricBoundsSchema)
  .refine((all) => Object.keys(all).length <= MAX_BOUNDS, `more than ${MAX_BOUNDS} metrics`);
