import { z } from 'zod';
import { textSchema } from './text.js';
import { metricUnitSchema } from './units.js';

/** A named number; `direction` says which way is better. */
export const metricSchema = z.object({
  name: textSchema(120).min(1),
  value: z.number().finite(),
  unit: metricUnitSchema,
  direction: z.enum(['lower', 'higher', 'none']),
  caseName: textSchema(200).optional(),
});
export type Metric = z.infer<typeof metricSchema>;
