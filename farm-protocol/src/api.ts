import { z } from 'zod';
import { attemptEventSchema, crashSchema } from './event.js';
import {
  attemptIdSchema,
  displayNameSchema,
  partSchema,
  runIdSchema,
  SYSTEM_TENANT,
  sha256Schema,
  submissionIdSchema,
  targetNameSchema,
  tenantSchema,
  tokenIdSchema,
} from './ids.js';
import { metricSchema } from './metric.js';
import { buildSchema, originSchema } from './origin.js';
import {
  boardLinkSchema,
  expectationSchema,
  requirementSchema,
  runPartnerSchema,
} from './run-spec.js';
import { removedSchema } from './storage.js';
import { bandSchema, imageFormatSchema } from './submission.js';
import { textSchema } from './text.js';
import { byteCountSchema, wallMsSchema } from './units.js';
import { caseVerdictSchema, endReasonSchema, failureSchema, verdictSchema } from './verdict.js';

/** Roles in rising order: each may do all that the ones before it may. `agent` stands apart: the link and image downloads only. */
export const ROLES = ['viewer', 'submitter', 'operator', 'admin'] as const;
export const roleSchema = z.enum([...ROLES, 'agent']);
export type Role = z.infer<typeof roleSchema>;

export const RUN_STATES = ['queued', 'running', 'finished'] as const;
export const runStateSchema = z.enum(RUN_STATES);
export type RunState = z.infer<typeof runStateSchema>;

/** Why a queued run waits, for people. */
export const waitingSchema = z.object({
  reason: z.string(),
  /** 1 is the next of its lane. */
  position: z.number().int().min(1),
  /** Null while no run of this kind has been measured. */
  etaMs: z.number().int().nullable(),
  /** No board can take it as things are: its place in line says nothing until one comes back. */
  blocked: z.boolean().optional(),
});

/** A run as lists and live events show it. `revision` grows with every change: keep the larger one. */
export const runViewSchema = z.object({
  id: runIdSchema,
  submissionId: submissionIdSchema,
  ordinal: z.number().int(),
  name: displayNameSchema,
  imageName: z.string(),
  imageSha256: sha256Schema,
  requirement: requirementSchema,
  band: bandSchema,
  state: runStateSchema,
  verdict: verdictSchema.nullable(),
  /** The verdict before the run's expectation was weighed in; null until the run has finished. */
  rawVerdict: verdictSchema.nullable().optional(),
  expect: expectationSchema.optional(),
  build: buildSchema.optional(),
  /** What its own image is among several, and what runs beside it. */
  role: partSchema.optional(),
  partners: z
    .array(
      runPartnerSchema.pick({ role: true, imageName: true, imageSha256: true, requirement: true }),
    )
    .optional(),
  link: boardLinkSchema.optional(),
  reason: endReasonSchema.nullable(),
  message: z.string(),
  attempts: z.number().int(),
  boardSerial: z.string().nullable(),
  /** What the board was called when the run began on it; absent when it had no name. */
  boardName: z.string().optional(),
  casesDone: z.number().int(),
  casesTotal: z.number().int().nullable(),
  createdMs: wallMsSchema,
  startedMs: wallMsSchema.nullable(),
  finishedMs: wallMsSchema.nullable(),
  revision: z.number().int(),
});
export type RunView = z.infer<typeof runViewSchema>;

export const caseViewSchema = z.object({
  ordinal: z.number().int(),
  name: z.string(),
  verdict: caseVerdictSchema.nullable(),
  durationUs: z.number().int().nullable(),
  failures: z.array(failureSchema),
});
export type CaseView = z.infer<typeof caseViewSchema>;

/** A metric as it was recorded, and why it is no point of its series, if it is none. */
export const metricViewSchema = metricSchema.extend({ refused: z.string().optional() });
export type MetricView = z.infer<typeof metricViewSchema>;

export const attemptViewSchema = z.object({
  id: attemptIdSchema,
  number: z.number().int(),
  boardSerial: z.string(),
  boardName: z.string().optional(),
  /** Boards beside that one, by role. */
  partners: z.array(z.object({ role: partSchema, boardSerial: z.string() })).optional(),
  agent: z.string(),
  state: z.enum(['running', 'finished']),
  verdict: verdictSchema.nullable(),
  reason: endReasonSchema.nullable(),
  message: z.string(),
  startedMs: wallMsSchema,
  finishedMs: wallMsSchema.nullable(),
  consoleBytes: byteCountSchema,
  cases: z.array(caseViewSchema),
  metrics: z.array(metricViewSchema),
  crash: crashSchema.nullable(),
});
export type AttemptView = z.infer<typeof attemptViewSchema>;

export const runDetailSchema = runViewSchema.extend({
  attemptList: z.array(attemptViewSchema),
  waiting: waitingSchema.nullable(),
  /** Data of its submission that the policy had removed. */
  removed: removedSchema.optional(),
});
export type RunDetail = z.infer<typeof runDetailSchema>;

export const verdictCountsSchema = z.partialRecord(verdictSchema, z.number().int());
export type VerdictCounts = z.infer<typeof verdictCountsSchema>;

export const submissionViewSchema = z.object({
  id: submissionIdSchema,
  name: displayNameSchema,
  tenant: tenantSchema,
  submitter: z.string(),
  /** Absent when nobody said what it was built from. */
  origin: originSchema.optional(),
  /** The submission that this one runs again. */
  rerunOf: submissionIdSchema.optional(),
  /** Whoever said that all of it is to be kept. */
  pinnedBy: z.string().optional(),
  /** Absent while the policy has had nothing of it removed. */
  removed: removedSchema.optional(),
  band: bandSchema,
  state: z.enum(['active', 'finished']),
  /** Set when the submission has been asked to stop. */
  cancelled: z.boolean(),
  runsTotal: z.number().int(),
  runsFinished: z.number().int(),
  runsRunning: z.number().int(),
  verdicts: verdictCountsSchema,
  createdMs: wallMsSchema,
  finishedMs: wallMsSchema.nullable(),
  revision: z.number().int(),
});
export type SubmissionView = z.infer<typeof submissionViewSchema>;

/** Answer to `POST /submissions`: the rows are committed. */
export const submissionCreatedSchema = z.object({
  submission: submissionViewSchema,
  runs: z.array(runViewSchema),
});
export type SubmissionCreated = z.infer<typeof submissionCreatedSchema>;

/** What of a submission is to be run again: all of it, what ended without passing, or the runs that are named. */
export const rerunRequestSchema = z.strictObject({
  only: z.enum(['all', 'failed']).default('all'),
  runs: z.array(runIdSchema).min(1).max(1000).optional(),
});

export const imageQuerySchema = z.strictObject({ sha256: z.array(sha256Schema).min(1).max(1000) });
export const imageQueryReplySchema = z.object({ missing: z.array(sha256Schema) });

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** A target of the inventory, and what its boards take. */
export const targetViewSchema = z.object({
  target: targetNameSchema,
  /** Empty when its models do not say. */
  imageFormats: z.array(imageFormatSchema),
  /** Boards of the inventory, connected or not. */
  boards: z.number().int(),
});
export type TargetView = z.infer<typeof targetViewSchema>;

export const tokenViewSchema = z.object({
  id: tokenIdSchema,
  name: displayNameSchema,
  role: roleSchema,
  tenant: tenantSchema,
  createdMs: wallMsSchema,
  expiresMs: wallMsSchema.nullable(),
  revokedMs: wallMsSchema.nullable(),
});
export type TokenView = z.infer<typeof tokenViewSchema>;
/** A tenant that people and programs may have. */
export const tokenTenantSchema = tenantSchema.refine(
  (tenant) => tenant !== SYSTEM_TENANT,
  `'${SYSTEM_TENANT}' is the tenant of the farm itself: choose another`,
);
export const tokenRequestSchema = z.strictObject({
  name: displayNameSchema,
  role: roleSchema,
  tenant: tokenTenantSchema.default('default'),
  /** Default: never. */
  expiresMs: wallMsSchema.optional(),
});
/** The only time the secret is shown. */
export const tokenCreatedSchema = z.object({ token: tokenViewSchema, secret: z.string() });

export const agentViewSchema = z.object({
  name: z.string(),
  version: z.string(),
  host: z.string(),
  connected: z.boolean(),
  sinceMs: wallMsSchema,
  boards: z.number().int(),
  /** The inventory has a rack for it, and it has never connected: there is no `version`, `host` or `sinceMs` (0). */
  neverSeen: z.boolean().optional(),
});
export type AgentView = z.infer<typeof agentViewSchema>;

export const eventPageSchema = z.object({
  events: z.array(attemptEventSchema),
  lastSeq: z.number().int(),
});
export const whoamiSchema = z.object({ name: z.string(), role: roleSchema, tenant: tenantSchema });
/** `suspect` asks for a health check, which decides between good and quarantined. */
export const boardStateRequestSchema = z.strictObject({
  health: z.enum(['good', 'maintenance', 'suspect']),
  cause: textSchema(500).min(1),
});
