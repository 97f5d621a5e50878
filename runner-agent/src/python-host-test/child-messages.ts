import { z } from 'zod';

/*
 * One JSON object a line. The child is the lab's own code, but what it hands on comes from firmware too: nothing of it
 * is believed before it has passed here.
 *
 *   agent → child   list | run, then (message | line | exit, each with an id) | resetComplete | restarted | end
 *   child → agent   listing: loading, (hostTest | problem)…, listed
 *                   running: ready, then at any time send … broken; done for each id; closed after end
 */
const textSchema = z.string().max(8000);
const tokenSchema = z.string().max(4096);
/** Counts what the host test has been told: actions with the same turn come of the same call into it. */
const turnSchema = z.int().min(0);
/** Longest name of a host test. */
export const MAX_NAME_CHARS = 128;
const fileSchema = z.string().max(4096);

/** Answers while a child lists host tests. */
export const listAnswerSchema = z.discriminatedUnion('type', [
  /** `file` is imported next: if nothing more comes, it is the one to blame. */
  z.strictObject({ type: z.literal('loading'), file: fileSchema }),
  z.strictObject({
    type: z.literal('hostTest'),
    file: fileSchema,
    name: z.string().min(1).max(MAX_NAME_CHARS),
    /** Name of the class in its module. */
    attribute: z.string().min(1).max(200),
  }),
  z.strictObject({ type: z.literal('problem'), file: fileSchema, text: textSchema }),
  z.strictObject({ type: z.literal('listed') }),
]);
export type ListAnswer = z.infer<typeof listAnswerSchema>;

/** What a running host test says. */
export const runAnswerSchema = z.discriminatedUnion('type', [
  /** setup() is over, or has failed. */
  z.strictObject({ type: z.literal('ready') }),
  /** It asks for console lines from now on. */
  z.strictObject({ type: z.literal('wantsLines') }),
  /** The order with this id has been handled. */
  z.strictObject({ type: z.literal('done'), id: z.int().min(1) }),
  z.strictObject({
    type: z.literal('send'),
    key: tokenSchema,
    value: tokenSchema,
    turn: turnSchema,
  }),
  z.strictObject({ type: z.literal('reset') }),
  z.strictObject({ type: z.literal('resetDut'), turn: turnSchema }),
  z.strictObject({ type: z.literal('note'), text: textSchema }),
  /** Its fields as texts: JSON has no word for what Python calls nan. */
  z.strictObject({
    type: z.literal('metric'),
    name: tokenSchema,
    value: tokenSchema,
    unit: tokenSchema,
    direction: tokenSchema,
    kind: tokenSchema.optional(),
  }),
  z.strictObject({
    type: z.literal('finish'),
    verdict: z.enum(['pass', 'fail']),
    message: textSchema,
  }),
  /** The host test is at fault. */
  z.strictObject({ type: z.literal('broken'), text: textSchema }),
  /** teardown() is over; `problem` is what it raised. */
  z.strictObject({ type: z.literal('closed'), problem: textSchema.nullable() }),
]);
export type RunAnswer = z.infer<typeof runAnswerSchema>;

/** What a host test may read with get_config_item; null for what this farm does not have. */
export type HostTestItems = Readonly<Record<string, string | number | boolean | null>>;

/** What something that happens is to the host test; `timestamp` in seconds since 1970. */
export type RunEvent =
  | { type: 'message'; key: string; value: string; timestamp: number }
  | { type: 'line'; text: string; timestamp: number }
  | { type: 'exit' };

export type Order =
  | { type: 'list'; files: readonly string[] }
  | { type: 'run'; file: string; attribute: string; config: HostTestItems }
  | (RunEvent & { id: number })
  /** The board runs again after reset(); after reset_dut() it has also answered the handshake. */
  | { type: 'resetComplete' | 'restarted'; timestamp: number }
  | { type: 'end' };
