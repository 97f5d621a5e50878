import { z } from 'zod';
import { metricUnitSchema } from './units.js';

/** A named number; `direction` says which way is better. */
export const metricSchema = z.object({
  name: z.string().min(1).max(120),
  value: z.number().finite(),
  unit: metricUnitSchema,
  direction: z.enum(['lower', 'higher', 'none']),
  caseName: z.string().max(200).optional(),
});
export type Metric = z.infer<typeof metricSchema>;
