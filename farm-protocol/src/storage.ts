import { z } from 'zod';
import { byteCountSchema } from './units.js';

const days = z.number().int().min(0);

/** What a farm keeps and for how long, and what will have gone when. */
export const storageViewSchema = z.object({
  policy: z.object({
    logsDays: days,
    failedLogsDays: days,
    imagesDays: days,
    branchNewest: z.number().int().min(0),
    boardHistoryDays: days,
  }),
  images: z.object({ count: z.number().int(), bytes: byteCountSchema }),
  /** Submissions whose logs, and images that, the policy lets go by then; up to 10 000 are counted. */
  forecast: z.array(
    z.object({ inDays: days, submissions: z.number().int(), images: z.number().int() }),
  ),
  /** On the controller's disk. */
  freeBytes: byteCountSchema,
});
export type StorageView = z.infer<typeof storageViewSchema>;
