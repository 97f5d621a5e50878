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
