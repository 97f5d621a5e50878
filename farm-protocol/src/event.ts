import { z } from 'zod';
import { boardSerialSchema, partSchema, sha256Schema, targetNameSchema } from './ids.js';
import { metricSchema } from './metric.js';
import { clockSchema, MAX_PARTNERS } from './run-spec.js';
import { MAX_STREAMS_PER_ATTEMPT, streamSealSchema } from './stream.js';
import { textSchema } from './text.js';
import { byteCountSchema, durationMsSchema, offsetUsSchema, wallMsSchema } from './units.js';
import {
  attemptReasonSchema,
  attemptVerdictSchema,
  caseVerdictSchema,
  failureSchema,
} from './verdict.js';

/** Phases of an attempt, in order; `restore` always runs. */
export const PHASES = ['prepare', 'flash', 'run', 'collect', 'restore'] as const;
export const phaseSchema = z.enum(PHASES);
export type Phase = z.infer<typeof phaseSchema>;

const caseName = textSchema(200).min(1);

/** What was read of a crash block; `lines` are the block itself, as evidence. */
export const crashSchema = z.object({
  message: textSchema(4000),
  lines: z.array(textSchema(1000)).max(400),
  status: textSchema(64).optional(),
  location: textSchema(512).optional(),
  thread: textSchema(200).optional(),
  targetName: textSchema(64).optional(),
  /** What its addresses are, by the image's own symbols: `PC 0x00000412: main at src/main.c:12`. */
  symbols: z.array(textSchema(1000)).max(8).optional(),
});
export type Crash = z.infer<typeof crashSchema>;

/** What the machine gave a virtual board while the firmware ran, and how far their clocks parted. */
export const hostFactsSchema = z.object({
  /** From the reset to the end of the run. */
  tookMs: durationMsSchema,
  /** Time on a processor; the sum over the emulator's threads. */
  ranMs: durationMsSchema,
  /** Time for which a thread was ready and no processor free; summed likewise. */
  waitedMs: durationMsSchema,
  /** By how much the board's clock was behind the host's at the end; negative when ahead, missing when it is the host's. */
  behindMs: z.number().int().optional(),
});
export type HostFacts = z.infer<typeof hostFactsSchema>;

/** What a number that was measured may depend on, beside the board and what it runs. */
export const boardEnvironmentSchema = z.object({
  /** What runs a virtual board, with its version: `QEMU 7.2.15`. */
  emulator: textSchema(64).optional(),
  /** Whose time a virtual board kept. */
  clock: clockSchema.optional(),
  /** What measured its power: instrument, firmware, calibration and supply. */
  meter: textSchema(200).optional(),
  /** How its network was impaired, in words. */
  network: textSchema(200).optional(),
});
export type BoardEnvironment = z.infer<typeof boardEnvironmentSchema>;

/**
 * Ends an attempt. `streams` prove that what is stored beside the events is complete; agents one release older seal
 * their one console with `consoleBytes` and `consoleSha256`, which controllers one release older still want to have.
 */
const attemptEnd = z
  .object({
    type: z.literal('attemptEnd'),
    verdict: attemptVerdictSchema,
    reason: attemptReasonSchema,
    message: textSchema(4000),
    streams: z.array(streamSealSchema).max(MAX_STREAMS_PER_ATTEMPT).optional(),
    consoleBytes: byteCountSchema.optional(),
    consoleSha256: sha256Schema.optional(),
    /** Of a virtual board, where its machine tells. */
    host: hostFactsSchema.optional(),
    environment: boardEnvironmentSchema.optional(),
    /** The same of the other boards of the attempt. */
    partners: z
      .array(
        z.object({
          role: partSchema,
          host: hostFactsSchema.optional(),
          environment: boardEnvironmentSchema.optional(),
        }),
      )
      .max(MAX_PARTNERS)
      .optional(),
  })
  .refine((end) => isOfReason(end, 'blocked', 'fixtureMissing'), {
    path: ['verdict'],
    error: "an attempt is 'blocked' by a missing fixture, and by nothing else",
  })
  .refine((end) => isOfReason(end, 'cancelled', 'cancelled'), {
    path: ['verdict'],
    error: "verdict and reason are 'cancelled' both, or neither",
  })
  .refine((end) => end.streams ?? (end.consoleBytes !== undefined && end.consoleSha256), {
    path: ['streams'],
    error: 'an attempt ends with the seals of its streams, or with consoleBytes and consoleSha256',
  });
export type AttemptEnd = z.infer<typeof attemptEnd>;

/** What is kept of an event that is not known, in characters of JSON. */
export const MAX_UNKNOWN_JSON = 4000;

/** Everything that happens in an attempt, in begin/end pairs, as the agent saw it and in wire order. */
export const eventBodySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('attemptBegin'),
    boardSerial: boardSerialSchema,
    target: targetNameSchema,
    wallMs: wallMsSchema,
  }),
  z.object({ type: z.literal('phaseBegin'), phase: phaseSchema }),
  z.object({
    type: z.literal('phaseEnd'),
    phase: phaseSchema,
    ok: z.boolean(),
    detail: textSchema(2000).optional(),
  }),
  z.object({
    type: z.literal('handshake'),
    clientVersion: textSchema(64),
    timeoutMs: z.number().int().min(0),
    hostTest: textSchema(128),
  }),
  z.object({ type: z.literal('casesListed'), names: z.array(caseName).max(2000) }),
  z.object({ type: z.literal('caseBegin'), name: caseName }),
  z.object({
    type: z.literal('caseEnd'),
    name: caseName,
    verdict: caseVerdictSchema,
    durationUs: offsetUsSchema,
    failures: z.array(failureSchema).max(50),
  }),
  z.object({ type: z.literal('metric'), metric: metricSchema }),
  z.object({ type: z.literal('crash'), crash: crashSchema }),
  z.object({ type: z.literal('note'), text: textSchema(4000) }),
  /** Of a type that only a newer agent knows. It is kept and shown, and nothing follows from it. */
  z.object({
    type: z.literal('unknown'),
    name: textSchema(64),
    json: textSchema(MAX_UNKNOWN_JSON),
  }),
  attemptEnd,
]);
export type EventBody = z.infer<typeof eventBodySchema>;

/** An event with its number: 1, 2, 3… within an attempt, without gaps. */
export const attemptEventSchema = z.object({
  seq: z.number().int().min(1),
  atUs: offsetUsSchema,
  body: eventBodySchema,
});
export type AttemptEvent = z.infer<typeof attemptEventSchema>;

/** Whether verdict and reason go together or are both others; of a reason that nobody here knows nothing can be said. */
function isOfReason(
  end: { readonly verdict: string; readonly reason: string },
  verdict: string,
  reason: string,
): boolean {
  return end.reason === 'unknown' || (end.verdict === verdict) === (end.reason === reason);
}
