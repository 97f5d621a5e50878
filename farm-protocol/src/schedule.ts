import { z } from 'zod';
import { displayNameSchema, scheduleIdSchema, submissionIdSchema, tenantSchema } from './ids.js';
import { refSchema, repositorySchema } from './origin.js';
import { submissionSpecSchema } from './submission.js';
import { wallMsSchema } from './units.js';

/** Least time between two runs of a schedule. */
export const MIN_SCHEDULE_INTERVAL_MS = 300_000;
/** Schedules that a tenant may have. */
export const MAX_SCHEDULES_PER_TENANT = 100;

export const cronSchema = z
  .string()
  .max(100)
  .regex(
    /^[\x21-\x7e]+( +[\x21-\x7e]+){4}$/,
    'expected five fields: minute, hour, day of month, month, day of week, such as 30 2 * * 1-5',
  );

export const timeZoneSchema = z
  .string()
  .regex(/^[A-Za-z0-9_+/-]{1,64}$/, 'expected a time zone such as Europe/Berlin')
  .refine(isTimeZone, 'unknown time zone: expected one such as Europe/Berlin or UTC');

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** A submission that is made again and again, over the newest images of a branch. */
export const scheduleRequestSchema = z.strictObject({
  name: displayNameSchema,
  cron: cronSchema,
  timeZone: timeZoneSchema.default('UTC'),
  /** Where the images come from: the tenant's newest submission of this branch that has images of these names. */
  repository: repositorySchema,
  ref: refSchema,
  /** What is submitted. Images whose hash it gives are always those. */
  spec: submissionSpecSchema,
});
export type ScheduleRequest = z.infer<typeof scheduleRequestSchema>;

export const SCHEDULE_EVENTS = [
  'created',
  'paused',
  'resumed',
  'deleted',
  'submitted',
  'skipped',
] as const;

/** What happened to a schedule, and on whose account. */
export const scheduleEventSchema = z.object({
  seq: z.number().int(),
  atMs: wallMsSchema,
  kind: z.enum(SCHEDULE_EVENTS),
  /** A person or program; `schedule` when its time had come. */
  actor: z.string(),
  /** The time that had come; null when somebody asked for it. */
  plannedMs: wallMsSchema.nullable(),
  /** Times before that one that went by unused, because the farm was down or the schedule paused. */
  missed: z.number().int(),
  submissionId: submissionIdSchema.nullable(),
  /** Why nothing was submitted; or whose images were. */
  reason: z.string(),
});
export type ScheduleEvent = z.infer<typeof scheduleEventSchema>;

export const scheduleViewSchema = z.object({
  id: scheduleIdSchema,
  name: displayNameSchema,
  tenant: tenantSchema,
  cron: z.string(),
  timeZone: z.string(),
  repository: z.string(),
  ref: z.string(),
  paused: z.boolean(),
  deleted: z.boolean(),
  /** When it is due next; null while it is paused, and after the last time. */
  nextMs: wallMsSchema.nullable(),
  createdBy: z.string(),
  createdMs: wallMsSchema,
  /** The latest submission; null before the first. */
  lastSubmissionId: submissionIdSchema.nullable(),
  /** The latest that happened. */
  last: scheduleEventSchema,
});
export type ScheduleView = z.infer<typeof scheduleViewSchema>;

export const scheduleDetailSchema = scheduleViewSchema.extend({ spec: submissionSpecSchema });
export type ScheduleDetail = z.infer<typeof scheduleDetailSchema>;
