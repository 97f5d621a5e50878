import { z } from 'zod';
import { tenantSchema } from './ids.js';
import { textSchema } from './text.js';
import { byteCountSchema, wallMsSchema } from './units.js';

/** Longest that anything is kept for a number of days. */
const MAX_DAYS = 36_500;
const days = z.number().int().min(0);
const keptSchema = z.union([z.literal('forever'), z.number().int().min(1).max(MAX_DAYS)], {
  error: `expected a whole number of days from 1 to ${MAX_DAYS}, or forever`,
});
/** For how many days something is kept. */
export type KeptDays = z.infer<typeof keptSchema>;

const streamsKept = (normally: number) => ({
  events: keptSchema.default(normally),
  consoles: keptSchema.default(normally),
  traces: keptSchema.default(normally),
});

/** What a farm keeps and for how long, by kind of data and by what protects it. What is left out is as by default. */
export const retentionPolicySchema = z
  .strictObject({
    keep: z
      .strictObject({
        ...streamsKept(90),
        /** After they came; and as long as a submission that used them has its consoles. */
        images: keptSchema.default(90),
        /** Of series. */
        points: keptSchema.default('forever'),
        /** Of boards. */
        transitions: keptSchema.default(730),
      })
      .prefault({}),
    /** The same for submissions in which something failed. */
    failed: z.strictObject(streamsKept(365)).prefault({}),
    /** How many of the newest submissions of each branch of a tenant keep all they have. */
    branchNewest: z.number().int().min(0).max(1_000).default(10),
    /** How refs begin of which all is kept. */
    releases: z.array(textSchema(200).min(1)).max(20).default(['refs/tags/']),
  })
  .superRefine(({ keep, failed }, context) => {
    for (const kind of STREAM_DATA)
      if (isShorter(failed[kind], keep[kind]))
        context.addIssue({
          ...{ code: 'custom', path: ['failed', kind] },
          message: `${failed[kind]} days are less than the ${keep[kind]} of keep.${kind}: what failed is kept at least as long as what passed`,
        });
  });
export type RetentionPolicy = z.infer<typeof retentionPolicySchema>;

/** Data of attempts that is removed by its kind. */
export const STREAM_DATA = ['events', 'consoles', 'traces'] as const;
export type StreamData = (typeof STREAM_DATA)[number];

const isShorter = (a: KeptDays, b: KeptDays) => a !== 'forever' && (b === 'forever' || a < b);

/** When the policy had which data of a submission removed; what is left out is there. */
export const removedSchema = z.object({
  events: wallMsSchema.optional(),
  consoles: wallMsSchema.optional(),
  traces: wallMsSchema.optional(),
});
export type Removed = z.infer<typeof removedSchema>;

/** The most that a tenant may have in the farm; null: as much as there is room. */
export const quotaSchema = z.strictObject({
  /** Bytes of the images that it has brought or is bringing, and of the stored logs of its runs. */
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
  /** What its unfinished uploads will have. */
  uploadBytes: byteCountSchema,
  /** Events, consoles and traces of attempts that are over, packed. */
  logBytes: byteCountSchema,
  /** Of people: what the farm runs by itself has no quota. */
  queuedRuns: z.number().int(),
});
export type TenantUsage = z.infer<typeof tenantUsageSchema>;

/** What a farm keeps and for how long, and what will have gone when. */
export const storageViewSchema = z.object({
  policy: retentionPolicySchema,
  images: z.object({ count: z.number().int(), bytes: byteCountSchema }),
  /** By name. An image counts for the tenant that brought it first. */
  tenants: z.array(tenantUsageSchema),
  /** Submissions whose consoles, and images that, the policy lets go by then; up to 10 000 are counted. */
  forecast: z.array(
    z.object({ inDays: days, submissions: z.number().int(), images: z.number().int() }),
  ),
  /** On the controller's disk. */
  freeBytes: byteCountSchema,
});
export type StorageView = z.infer<typeof storageViewSchema>;
