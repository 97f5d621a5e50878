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
