import { z } from 'zod';
import { textSchema } from './text.js';

/**
 * How a code of a trace stands for a current in µA. `float32`: the code is the bits of the number. `ranges`: the bits above
 * the mantissa choose a range, and the current is c0 + c1·m + c2·m² of its mantissa m; a range that is not listed is no
 * measurement.
 */
export const sampleCodingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('float32') }),
  z.strictObject({
    kind: z.literal('ranges'),
    mantissaBits: z.number().int().min(1).max(16),
    ranges: z
      .array(z.tuple([z.number(), z.number(), z.number()]))
      .min(1)
      .max(16),
    /** The mantissa by which the instrument says that it could not measure that much. */
    clippedMantissa: z.number().int().min(0).max(0xffff).optional(),
  }),
]);
export type SampleCoding = z.infer<typeof sampleCodingSchema>;

/** What a power meter is, and how it measures. Everything here belongs to the environment of its series. */
export const meterInfoSchema = z.strictObject({
  /** Kind of instrument, such as `ppk2`. */
  instrument: textSchema(40).min(1),
  serial: textSchema(80).optional(),
  firmware: textSchema(80).optional(),
  coding: sampleCodingSchema,
  sampleRateHz: z.number().positive().max(1_000_000),
  /** Digital inputs that are sampled beside the current. */
  digitalLines: z.number().int().min(0).max(8),
  /** Below this the instrument does not measure, in µA. */
  floorUa: z.number().nonnegative(),
  /** Above this it clips, in µA. */
  fullScaleUa: z.number().positive(),
  /** What is faster than this is averaged, or lost. */
  bandwidthHz: z.number().positive(),
  /** The board's supply: set by the instrument, measured by it, or as the inventory says. Without it there is no energy. */
  supply: z
    .strictObject({
      mv: z.number().positive().max(60_000),
      basis: z.enum(['set', 'measured', 'given']),
    })
    .optional(),
  /** What makes its figures untrustworthy, for people; empty when nothing does. */
  faults: z.array(textSchema(300)).max(20),
});
export type MeterInfo = z.infer<typeof meterInfoSchema>;

/** A stretch of a trace in which nothing was measured. */
export const traceGapSchema = z.strictObject({
  first: z.number().int().nonnegative(),
  count: z.number().int().positive(),
  cause: textSchema(120),
});
export type TraceGap = z.infer<typeof traceGapSchema>;

/** How a trace begins. */
export const traceHeaderSchema = z.strictObject({
  version: z.literal(1),
  /** When its first sample was taken, as the agent's clock had it: ms since 1970. */
  startedAtMs: z.number().nonnegative(),
  /** Samples of one chunk, a power of two: what is read and written at once. */
  chunkSamples: z
    .number()
    .int()
    .min(256)
    .max(65_536)
    .refine((n) => Number.isInteger(Math.log2(n)), 'expected a power of two'),
  meter: meterInfoSchema,
});
export type TraceHeader = z.infer<typeof traceHeaderSchema>;

/** Gaps that a trace names; more are only counted. */
export const MAX_NAMED_GAPS = 1000;

/** What is known when a trace is closed. */
export const traceFooterSchema = z.strictObject({
  samples: z.number().int().nonnegative(),
  /** Samples that are missing or invalid. */
  missing: z.number().int().nonnegative(),
  /** Samples at which the instrument was at its limit. */
  clipped: z.number().int().nonnegative(),
  gaps: z.array(traceGapSchema).max(MAX_NAMED_GAPS),
  unnamedGaps: z.number().int().nonnegative(),
  /** Why nothing here may be believed, for people; empty when nothing speaks against it. */
  faults: z.array(textSchema(400)).max(20),
});
export type TraceFooter = z.infer<typeof traceFooterSchema>;

/** How a trace ends: where its groups of chunks are, and what is known of it. */
export const traceEndSchema = z.strictObject({
  groups: z.array(z.number().int().nonnegative()).max(1_000_000),
  footer: traceFooterSchema,
});
export type TraceEnd = z.infer<typeof traceEndSchema>;
