import { z } from 'zod';
import { tenantSchema } from './ids.js';
import { byteCountSchema } from './units.js';

const days = z.number().int().min(0);

/** The most that a tenant may have in the farm; null: as much as there is room. */
export const quotaSchema = z.strictObject({
  /** Bytes of the images that it has brought and of the stored logs of its runs. */
  maxBytes: byteCountSchema.nullable(),
  maxQueuedRuns: z.number().int().min(0).max(10_000_000).nullable(),
});
export type Quota = z.infer<typeof quotaSchema>;
/** What is left out stays as it is. */
export const quotaRequestSchema = quotaSchema.partial();

/** What a tenant has in the farm. */
export const tenantUsageSchema = quotaSchema.extend({
  tenant: tenantSchema,
  imageBytes: byteCountSchema,
  /** Events, consoles and traces of attempts that are over, packed. */
  logBytes: byteCountSchema,
  queuedRuns: z.number().int(),
});
export type TenantUsage = z.infer<typeof tenantUsageSchema>;

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
  /** By name. An image counts for the tenant that brought it first. */
  tenants: z.array(tenantUsageSchema),
  /** Submissions whose logs, and images that, the policy lets go by then; up to 10 000 are counted. */
  forecast: z.array(
    z.object({ inDays: days, submissions: z.number().int(), images: z.number().int() }),
  ),
  /** On the controller's disk. */
  freeBytes: byteCountSchema,
});
export type StorageView = z.infer<typeof storageViewSchema>;
