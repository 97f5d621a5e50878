import { z } from 'zod';
import { streamNameSchema } from './stream.js';
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

/**
 * Where a trace stands in the time of its attempt: sample n was taken n · 10⁶ / rate · (1 − driftPpm / 10⁶) µs after the
 * first, as the agent's clock had it.
 */
export const traceClockSchema = z.strictObject({
  /** When the first sample was taken, in µs since the attempt began. */
  offsetUs: z.number(),
  /** By how much the instrument's clock is fast. 0 for traces that are too short to tell. */
  driftPpm: z.number(),
});
export type TraceClock = z.infer<typeof traceClockSchema>;

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
  clock: traceClockSchema.optional(),
});
export type TraceFooter = z.infer<typeof traceFooterSchema>;

/** How a trace ends: places of its groups of chunks, and what is known of it. */
export const traceEndSchema = z.strictObject({
  groups: z.array(z.number().int().nonnegative()).max(1_000_000),
  /** Of the blocks that repeat what is coarse of all groups; absent in traces that have none. */
  overviews: z.array(z.number().int().nonnegative()).max(10_000).optional(),
  footer: traceFooterSchema,
});
export type TraceEnd = z.infer<typeof traceEndSchema>;

/** Points of one window of a trace. */
export const MAX_TRACE_POINTS = 4000;

/** A trace of an attempt, and what its instrument was. */
export const traceViewSchema = z.object({
  /** Its name among the attempt's streams. */
  stream: streamNameSchema,
  startedAtMs: z.number(),
  samples: z.number().int(),
  /** False while it is being recorded, and when its writer died. */
  complete: z.boolean(),
  meter: meterInfoSchema.omit({ coding: true }),
  /** What is known at its end: samples that are missing or clipped, gaps, faults, its place in time. */
  footer: traceFooterSchema.optional(),
});
export type TraceView = z.infer<typeof traceViewSchema>;

export const traceListSchema = z.object({
  items: z.array(traceViewSchema),
  /** What is no trace, or not enough of one yet. */
  unreadable: z.array(z.object({ stream: streamNameSchema, why: z.string() })),
});
export type TraceList = z.infer<typeof traceListSchema>;

const columnSchema = z.array(z.number());
/** Of points that have no sample: null. */
const currentColumnSchema = z.array(z.number().nullable());

/** Points of equal width over a span of a trace: each has what its samples have, exactly. A column for each property. */
export const traceWindowSchema = z.object({
  stream: streamNameSchema,
  /** Of the whole trace. */
  samples: z.number().int(),
  sampleRateHz: z.number(),
  /** First sample of the first point: a multiple of `samplesPerPoint`, not after what was asked for. */
  firstSample: z.number().int(),
  samplesPerPoint: z.number().int().positive(),
  minUa: currentColumnSchema,
  maxUa: currentColumnSchema,
  meanUa: currentColumnSchema,
  /** Samples that are there; the last point may be narrower. */
  valid: columnSchema,
  clipped: columnSchema,
  /** Bit n: line Dn was high at some sample. Empty for instruments without lines. */
  anyHigh: columnSchema,
  /** Bit n: line Dn was high at every sample. */
  allHigh: columnSchema,
  /** Of exactly the samples that were asked for. */
  span: z.object({
    from: z.number().int(),
    to: z.number().int(),
    seconds: z.number(),
    chargeUc: z.number(),
    meanUa: z.number().nullable(),
    /** Only where the supply is known, and nothing is missing or clipped. */
    energyMj: z.number().nullable(),
    missing: z.number().int(),
    clipped: z.number().int(),
  }),
});
export type TraceWindowView = z.infer<typeof traceWindowSchema>;
