import { z } from 'zod';
import {
  agentNameSchema,
  boardNameSchema,
  boardSerialSchema,
  fixtureSchema,
  tagSchema,
  targetNameSchema,
} from './ids.js';
import { textSchema } from './text.js';
import { wallMsSchema } from './units.js';

/** First axis of a board's state: may it be used right now? */
export const AVAILABILITIES = ['idle', 'leased', 'offline'] as const;
export const availabilitySchema = z.enum(AVAILABILITIES);
export type Availability = z.infer<typeof availabilitySchema>;

/** Second axis: is it trusted? */
export const HEALTHS = ['good', 'suspect', 'quarantined', 'maintenance'] as const;
export const healthSchema = z.enum(HEALTHS);
export type Health = z.infer<typeof healthSchema>;

/** Most that the parameters of one driver are: their names and values in characters, eight more for each. */
const MAX_PARAMS_SIZE = 8192;

/** What is left of `left` without the size of `value`, which may contain itself; below zero when it is larger. */
function roomBeside(value: unknown, left: number): number {
  if (typeof value === 'string') return left - value.length;
  if (typeof value !== 'object' || value === null || left < 0) return left;
  let room = left;
  for (const [key, part] of Object.entries(value)) {
    room = roomBeside(part, room - key.length - 8);
    if (room < 0) break;
  }
  return room;
}

/**
 * How an agent reaches a board: the driver's name and that driver's own parameters. The controller carries the
 * parameters unread; the driver validates them on the agent.
 */
export const boardWiringSchema = z.strictObject({
  driver: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  params: z
    .record(textSchema(64), z.unknown())
    .refine(
      (params) => roomBeside(params, MAX_PARAMS_SIZE) >= 0,
      `more than ${MAX_PARAMS_SIZE} characters, eight of them for each value`,
    ),
});
export type BoardWiring = z.infer<typeof boardWiringSchema>;

/** How a board wants to be talked to, where it differs from what its driver does by itself. */
export const boardTimingSchema = z.strictObject({
  /** From a reset until the firmware reads its console, in ms. */
  resetDelayMs: z.number().int().min(0).max(120_000).optional(),
  /** Wait for the answer to one `__sync`, in ms. */
  syncTimeoutMs: z.number().int().min(100).max(120_000).optional(),
  /** How often `__sync` is tried. */
  syncTries: z.number().int().min(1).max(20).optional(),
  /** Pause between two bytes sent, in µs, for boards that lose bytes of a burst. */
  writePaceUsPerByte: z.number().int().min(0).max(100_000).optional(),
});
export type BoardTiming = z.infer<typeof boardTimingSchema>;

/** Range of a console's speed, in baud. */
export const baudRateSchema = z.number().int().min(300).max(4_000_000);

/** How a run wants to talk to its board, where that differs from what the inventory says. */
export const runTimingSchema = boardTimingSchema.extend({
  /** Speed of the console. Without effect on virtual boards, and on ports behind telnet or raw TCP. */
  baudRate: baudRateSchema.optional(),
});
export type RunTiming = z.infer<typeof runTimingSchema>;

/** One board as its rack's inventory describes it. */
export const boardSpecSchema = z.strictObject({
  serial: boardSerialSchema,
  /** Unique in the farm. */
  name: boardNameSchema.optional(),
  target: targetNameSchema,
  model: textSchema(64),
  tags: z.array(tagSchema).max(32),
  fixtures: z.array(fixtureSchema).max(32),
  wiring: boardWiringSchema,
  timing: boardTimingSchema.optional(),
  /** First four hex digits of the ids that boards of this target tell; absent when Mbed knows none. */
  detectCodes: z
    .array(z.string().regex(/^[0-9a-f]{4}$/))
    .max(32)
    .optional(),
});
export type BoardSpec = z.infer<typeof boardSpecSchema>;

/** What the agent found when it looked at a board. */
export const boardStatusSchema = z.object({
  serial: boardSerialSchema,
  usable: z.boolean(),
  /** Why it is not usable, and what to do; or what was found. */
  detail: textSchema(2000),
});
export type BoardStatus = z.infer<typeof boardStatusSchema>;

/** A board as the API and the live events show it. */
export const boardViewSchema = z.object({
  serial: boardSerialSchema,
  name: z.string().optional(),
  target: targetNameSchema,
  model: z.string(),
  agent: agentNameSchema,
  tags: z.array(z.string()),
  fixtures: z.array(z.string()),
  driver: z.string(),
  availability: availabilitySchema,
  health: healthSchema,
  /** Why it is in this state, and who brought it there. */
  cause: z.string(),
  actor: z.string(),
  /** Why it is not trusted, also when `cause` tells of something later; absent while its health is good. */
  healthCause: z.string().optional(),
  /**
   * When it came into this state. Grows with every change of `availability`, `health` or `current`: of two views the one
   * with the larger `sinceMs` is newer.
   */
  sinceMs: wallMsSchema,
  /** What it runs, when leased. */
  current: z
    .object({
      runId: z.string(),
      runName: z.string(),
      submissionId: z.string(),
      attemptId: z.string(),
      startedMs: wallMsSchema,
    })
    .nullable(),
  runsFinished: z.number().int(),
});
export type BoardView = z.infer<typeof boardViewSchema>;

/** One line of a board's history: every transition keeps cause, actor and evidence. */
export const boardTransitionSchema = z.object({
  atMs: wallMsSchema,
  availability: availabilitySchema,
  health: healthSchema,
  cause: z.string(),
  actor: z.string(),
  evidence: z.string().nullable(),
});
export type BoardTransition = z.infer<typeof boardTransitionSchema>;
